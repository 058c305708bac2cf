/** The demo's past: ledger rows as the gateway would have written them, folded by the same statement. */
import { v7 } from 'uuid'
import type { Attempt } from '@/drizzle/schema'
import type { Database } from '@/lib/data/database'
import { ensurePartitionsFrom, historySpan, type Names, refreshStatistics } from '@/lib/data/demo'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import { costNanos, type Price } from '@/lib/ledger/cost'
import { cataloguePrice } from '@/lib/ledger/prices'
import { apps, type ProviderSlug, picoOf, prices } from './cast'
import { type Random, seeded, skewed } from './random'
import { generationMs, type Tried, tryKeys } from './routing'
import { callsOfHour, type Work } from './traffic'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const daysBack = 30
const batchRows = 500

type Result = Pick<
  LedgerRow,
  'outcome' | 'status' | 'error_code' | 'latency_ms' | 'ttft_ms' | 'cost_source' | 'price_id' | 'cost_nanos'
> &
  Pick<LedgerRow, 'input_tokens' | 'cached_input_tokens' | 'output_tokens' | 'reasoning_tokens'>

/**
 * Fills the time from the newest row, or from thirty days ago, up to now. Written in order of time: what is
 * interrupted goes on where it stopped. Returns the number of rows.
 */
export async function writeHistory(database: Database, names: Names, processId: string): Promise<number> {
  const now = Date.now()
  const span = await historySpan(database)
  const from = Math.max(span ? span.newest + 1 : 0, now - daysBack * dayMs)
  const anchor = span ? span.oldest + daysBack * dayMs : now
  await ensurePartitionsFrom(database, new Date(from))
  let written = 0
  let batch: string[] = []
  const flush = async () => {
    if (batch.length > 0) written += await foldRequests(database, batch)
    batch = []
  }
  for (let hour = Math.floor(from / hourMs) * hourMs; hour < now; hour += hourMs) {
    const random = seeded(hour / hourMs)
    for (const { at, work } of callsOfHour(random, hour, anchor)) {
      const row = rowOf(random, names, processId, work, at, anchor)
      if (!row || at < from || at >= now) continue
      if (batch.push(JSON.stringify(row)) === batchRows) await flush()
    }
  }
  await flush()
  if (written > 0) await refreshStatistics(database)
  return written
}

function rowOf(
  random: Random,
  names: Names,
  processId: string,
  work: Work,
  at: number,
  anchor: number,
): LedgerRow | null {
  const app = apps.find(({ name }) => name === work.app)
  const appId = names.app.get(work.app)
  if (!app || !appId) return null
  if (app.status === 'disabled' && at > anchor - 12 * dayMs) return null
  const environment = app.environment ?? 'production'
  const isAllowed = allows(app.allowedModels, work.model)
  const tried = isAllowed ? tryKeys(random, work, environment, at, anchor) : []
  const last = tried.at(-1)
  if (tried.some(({ key, pool }) => !names.key.has(key) || !names.pool.has(pool))) return null
  const stream = random() * 100 < work.streams
  const id = v7({ msecs: at, random: Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)) })
  return {
    id,
    ts: new Date(at).toISOString(),
    kind: 'call',
    request_id: id,
    process_id: processId,
    app_id: appId,
    app_key_id: names.appKey.get(work.app) ?? null,
    key_id: (last && names.key.get(last.key)) ?? null,
    pool_id: (last && names.pool.get(last.pool)) ?? null,
    provider_id: (last && names.provider.get(last.provider)) ?? null,
    environment,
    tenant: app.tenant,
    project: app.project,
    feature: work.feature,
    endpoint: work.endpoint,
    model: work.model,
    served_model: last?.model ?? '',
    stream,
    ...(last ? served(random, names, work, tried, last, stream, at) : refusal(random)),
    error_class: last?.failure?.class ?? null,
    attempts: tried.map((attempt) => attemptOf(attempt, names)),
    decision: null,
    charges: null,
  }
}

function allows(patterns: string[] | undefined, model: string): boolean {
  return (
    !patterns ||
    patterns.some((pattern) =>
      pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : pattern === model,
    )
  )
}

function attemptOf({ key, provider, model, failure, ms }: Tried, names: Names): Attempt {
  const key_id = names.key.get(key) ?? null
  if (!failure) return { key_id, provider, model, class: null, status: 200, ms }
  return { key_id, provider, model, class: failure.class, status: failure.status, ms, error: failure.error }
}

const nothing = {
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  cost_nanos: '0',
  cost_source: 'reported',
  price_id: null,
  ttft_ms: null,
} as const

function refusal(random: Random): Result {
  const latency_ms = skewed(random, [0, 3])
  return { ...nothing, outcome: 'refused', status: 403, error_code: 'model_not_allowed', latency_ms }
}

function served(
  random: Random,
  names: Names,
  work: Work,
  tried: Tried[],
  last: Tried,
  stream: boolean,
  at: number,
): Result {
  const waited = tried.reduce((sum, { ms }) => sum + ms, 0)
  if (last.failure) {
    const [status, error_code] = answerTo(tried, last.failure)
    return { ...nothing, outcome: 'error', status, error_code, latency_ms: waited }
  }
  const left = stream && random() < 0.012
  const input = skewed(random, work.input)
  const output = Math.round(skewed(random, work.output) * (left ? random() : 1))
  const cached = random() < work.cached ? Math.floor(input * (0.4 + random() / 2)) : 0
  const reasoning = work.model.startsWith('gpt-5') ? Math.floor(output * 0.4) : 0
  const usage = { input, cachedInput: left ? 0 : cached, output, reasoning: left ? 0 : reasoning }
  const price = priceAt(names, last.provider, last.model, at)
  return {
    outcome: left ? 'client_closed' : 'ok',
    status: left ? 499 : 200,
    error_code: null,
    input_tokens: usage.input,
    cached_input_tokens: usage.cachedInput,
    output_tokens: usage.output,
    reasoning_tokens: usage.reasoning,
    cost_nanos: price ? costNanos(usage, price).toString() : '0',
    cost_source: price ? (left ? 'estimated' : 'reported') : 'unknown',
    price_id: price?.id ?? null,
    latency_ms: waited + generationMs(last.provider, output),
    ttft_ms: stream ? waited : null,
  }
}

/** What the client is told after the last attempt. */
function answerTo(tried: Tried[], failure: NonNullable<Tried['failure']>): [number, string] {
  if (failure.class === 'request') return [failure.status ?? 400, 'invalid_request']
  if (tried.every((attempt) => attempt.failure?.class === 'rate')) return [503, 'no_healthy_key']
  return failure.class === 'timeout' ? [504, 'upstream_timeout'] : [502, 'upstream_error']
}

const knownPrices = new Map<string, Price | null>()

/** One look-up a day: the catalogue's takes most of the time that a row does. */
function priceAt(names: Names, provider: ProviderSlug, model: string, at: number): Price | null {
  const name = `${provider}/${model}/${Math.floor(at / dayMs)}`
  const known = knownPrices.get(name)
  if (known !== undefined) return known
  const price = ownPrice(names, provider, model) ?? cataloguePrice(provider, model, at)
  knownPrices.set(name, price)
  return price
}

function ownPrice(names: Names, provider: ProviderSlug, model: string): Price | null {
  const own = prices.find((price) => price.provider === provider && price.model === model)
  const id = names.price.get(model)
  if (!own || !id) return null
  const { inputPico, cachedInputPico, outputPico } = picoOf(own)
  return {
    id,
    model,
    effectiveFrom: 0,
    tiers: [{ aboveInputTokens: -1, inputPico, cachedInputPico, outputPico }],
  }
}
