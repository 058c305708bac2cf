/** Plays what the gateway does with one call of the demo's past: which keys it tries, and how that ends. Pure. */
import type { Attempt } from '@/drizzle/schema'
import { keys, modelsOf, type ProviderSlug, pools, providerSlugs, routes } from './cast'
import { type Random, skewed, weighted } from './random'
import type { Work } from './traffic'

const dayMs = 24 * 3_600_000

export type Tried = {
  pool: string
  provider: ProviderSlug
  key: string
  model: string
  failure: Failure | null
  ms: number
}
type Failure = { class: NonNullable<Attempt['class']>; status: number | null; error: string; ms: number }
type Target = { pool: string; model: string }
type Key = (typeof keys)[number]

/** What happened to which key, counted from the demo's first start (`anchor`). */
const retiredAt = (anchor: number) => anchor - 8 * dayMs
const revokedAt = (anchor: number) => anchor - 2.4 * dayMs
const outage = (anchor: number) => ({ from: anchor - 10.6 * dayMs, to: anchor - 10.6 * dayMs + 95 * 60_000 })

/** Milliseconds until the first token, and for each token after it. */
const pace: Record<ProviderSlug, { first: readonly [number, number]; perToken: number }> = {
  openai: { first: [220, 1100], perToken: 11 },
  deepseek: { first: [380, 1900], perToken: 24 },
  qwen: { first: [180, 900], perToken: 14 },
  anthropic: { first: [420, 1800], perToken: 13 },
}

/** Milliseconds until the first token of a good answer. */
export function firstTokenMs(random: Random, provider: ProviderSlug): number {
  return skewed(random, pace[provider].first)
}

export function generationMs(provider: ProviderSlug, tokens: number): number {
  return Math.round(tokens * pace[provider].perToken)
}

/** At most three attempts, as a provider's `max_retries` of 2 allows; the last one has no failure or ends the call. */
export function tryKeys(
  random: Random,
  work: Work,
  environment: string,
  at: number,
  anchor: number,
): Tried[] {
  const tried: Tried[] = []
  for (const { pool, model } of targetsOf(work.model, environment)) {
    const provider = providerOf(model)
    const candidates = keysOf(pool, provider, environment, at, anchor)
    while (candidates.length > 0 && tried.length < 3) {
      const key = next(random, candidates)
      candidates.splice(candidates.indexOf(key), 1)
      const failure = failureOf(random, key, at, anchor)
      const ms = failure?.ms ?? firstTokenMs(random, provider)
      tried.push({ pool, provider, key: key.name, model, failure, ms })
      if (!failure || failure.class === 'request') return tried
    }
  }
  return tried
}

function targetsOf(model: string, environment: string): Target[] {
  const route = routes.find(({ name }) => name === model)
  if (route) return route.targets
  const provider = providerOf(model)
  return [{ pool: environment === 'staging' ? `${provider}-staging` : provider, model }]
}

function providerOf(model: string): ProviderSlug {
  const found = providerSlugs.find((slug) =>
    modelsOf[slug].some((pattern) => model.startsWith(pattern.slice(0, -1))),
  )
  if (!found) throw new Error(`no provider of the demo serves ${model}`)
  return found
}

function keysOf(
  pool: string,
  provider: ProviderSlug,
  environment: string,
  at: number,
  anchor: number,
): Key[] {
  const members = pools.find(({ slug }) => slug === pool)?.keys
  return keys.filter(
    (key) =>
      key.provider === provider &&
      (key.environment ?? 'production') === environment &&
      (!members || members.includes(key.name)) &&
      (key.status !== 'disabled' || at < retiredAt(anchor)),
  )
}

/** By weight; standby keys only when nothing else is left. */
function next(random: Random, candidates: Key[]): Key {
  const active = candidates.filter(({ status }) => status !== 'standby')
  return weighted(random, active.length > 0 ? active : candidates, ({ weight = 1 }) => weight)
}

function failureOf(random: Random, key: Key, at: number, anchor: number): Failure | null {
  const luck = random()
  const fail = (
    of: Failure['class'],
    status: number | null,
    error: string,
    ms: readonly [number, number],
  ) => ({ class: of, status, error, ms: skewed(random, ms) })
  const { from, to } = outage(anchor)
  if (key.name === 'qwen-trial' && at > revokedAt(anchor))
    return fail('auth', 401, 'Incorrect API key provided.', [40, 160])
  if (key.name === 'deepseek-old' && at > retiredAt(anchor) - dayMs / 2 && luck < 0.9)
    return fail('quota', 402, 'Insufficient Balance', [60, 200])
  if (key.name === 'openai-batch' && luck < 0.09)
    return fail('rate', 429, 'Rate limit reached for requests per minute.', [30, 120])
  if (key.provider === 'openai' && at > from && at < to && luck < 0.6)
    return fail('provider', 503, 'The server is overloaded. Please try again later.', [400, 4000])
  if (key.provider === 'anthropic' && luck < 0.012) return fail('provider', 529, 'Overloaded', [200, 900])
  if (key.provider === 'deepseek' && luck < 0.004)
    return fail('timeout', null, 'no first byte within 120 s', [120_000, 120_400])
  if (luck > 0.9985) return fail('network', null, 'other side closed', [20, 300])
  if (luck > 0.994)
    return fail('request', 400, 'This model’s maximum context length was exceeded.', [90, 300])
  return null
}
