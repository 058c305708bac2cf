/** Paid probes: a call of one token, booked apart from the calls of apps and within a budget of its own. */
import type { LedgerRow } from '@/lib/data/ledger'
import { ask } from '@/lib/health/ask'
import { type Finding, find } from '@/lib/health/probe'
import { newId } from '@/lib/id'
import { costNanos, type Price, type Usage } from '@/lib/ledger/cost'
import { names } from '@/lib/registry/model-list'
import type { Key } from '@/lib/registry/snapshot'
import { TooLate, within } from '@/lib/within'
import { maxTokensField } from './adapt'
import type { Context } from './context'
import { usageOfJson } from './meter'

/** More than a probe takes: vendors add tokens of their own to what is asked. */
const expected: Usage = { input: 50, cachedInput: 0, output: 20, reasoning: 0 }
const bookingMs = 10_000
/** Models that do not chat, by what vendors call them. */
const otherKinds =
  /embed|moderation|rerank|whisper|tts|audio|speech|transcri|realtime|image|dall-e|video|sora|ocr|guard/i

export type ProbeModel = { name: string; price: Price }

/** The model that a paid probe asks for: the chosen one, else the cheapest of those the key may use; it must have a price. */
export function probeModel(
  key: Key,
  offered: string[],
  priceOf: (model: string) => Price | null,
): ProbeModel | null {
  const chosen = key.probe?.model
  const allowed = key.models.empty ? offered : offered.filter((name) => names(key.models, name))
  const candidates = chosen
    ? [chosen]
    : [...key.models.exact, ...allowed].filter((name) => !otherKinds.test(name))
  const priced = candidates.flatMap((name) => {
    const price = priceOf(name)
    return price ? [{ name, price, cost: costNanos(expected, price) }] : []
  })
  return priced.sort((a, b) => (a.cost < b.cost ? -1 : a.cost > b.cost ? 1 : 0))[0] ?? null
}

/** What a paid probe may cost at most, in nano-dollars. */
export function probeCost({ price }: ProbeModel): bigint {
  return costNanos(expected, price)
}

/** Asks for one token and books it. */
export async function askOneToken(context: Context, key: Key, model: ProbeModel): Promise<Finding> {
  const { provider } = key
  const startedAt = Date.now()
  const target = { headers: provider.headers, secret: key.secret ?? '' }
  const finding = await find(target.secret, () =>
    ask(context.upstream, `${provider.origin}${provider.basePath}/chat/completions`, target, {
      model: model.name,
      messages: [{ role: 'user', content: 'hi' }],
      [maxTokensField(provider)]: 1,
    }),
  )
  const row = JSON.stringify(rowOf(context, key, model, finding, startedAt))
  const booked = new Promise<void>((done) => context.ledger.push(row, null, done))
  // While the database is away the row waits in the ledger; the next probe must not.
  await within(bookingMs, booked).catch((error) => {
    if (!(error instanceof TooLate)) throw error
  })
  return finding
}

function rowOf(
  context: Context,
  key: Key,
  { name, price }: ProbeModel,
  finding: Finding,
  startedAt: number,
): LedgerRow {
  const reported = finding.ok ? usageOfJson(finding.body) : null
  // A call that broke off may have been billed; one that was refused was not.
  const usage = reported ?? (finding.ok || finding.status === null ? expected : null)
  const cost = usage ? costNanos(usage, price) : 0n
  const id = newId()
  return {
    id,
    ts: new Date(startedAt).toISOString(),
    kind: 'probe',
    outcome: finding.ok ? 'ok' : 'error',
    request_id: id,
    process_id: context.processId,
    app_id: null,
    app_key_id: null,
    key_id: key.id,
    pool_id: null,
    provider_id: key.providerId,
    environment: key.environment,
    tenant: '',
    project: '',
    feature: '',
    endpoint: 'chat/completions',
    model: name,
    served_model: name,
    stream: false,
    input_tokens: usage?.input ?? 0,
    cached_input_tokens: usage?.cachedInput ?? 0,
    output_tokens: usage?.output ?? 0,
    reasoning_tokens: usage?.reasoning ?? 0,
    cost_nanos: cost.toString(),
    cost_source: reported || !usage ? 'reported' : 'estimated',
    price_id: price.id,
    latency_ms: finding.ms,
    ttft_ms: null,
    status: finding.status ?? 0,
    error_class: finding.class,
    error_code: null,
    attempts: [
      {
        key_id: key.id,
        provider: key.provider.slug,
        model: name,
        class: finding.class,
        status: finding.status,
        ms: finding.ms,
        ...(finding.error && { error: finding.error }),
      },
    ],
    decision: null,
    charges: null,
  }
}
