import type { IncomingHttpHeaders } from 'node:http'
import type { Attempt } from '@/drizzle/schema'
import type { BegunHalf, Charge } from '@/lib/data/ledger'
import { newId } from '@/lib/id'
import type { Entry } from '@/lib/ledger/journal'
import type { Held } from '@/lib/limits/budget-book'
import type { RateLeft } from '@/lib/limits/rate'
import { type Patience, patienceMs } from '@/lib/limits/rate-limits'
import type { Ticket } from '@/lib/limits/rate-memory'
import type { Key, Provider, Target } from '@/lib/registry/snapshot'
import type { Attribution } from './attribution'
import type { Caller } from './authenticate'
import type { JsonBody } from './body'
import type { Call } from './call'
import type { Endpoint } from './endpoints'
import type { Skipped } from './pick-key'
import type { Choice } from './search'

/** What is known of a call as it goes; the ledger row is made from it. */
export type Progress = {
  id: string
  requestId: string
  /** Milliseconds since the epoch. */
  startedAt: number
  /** `performance.now()`. */
  clock: number
  endpoint: Endpoint | null
  caller: Caller | null
  attribution: Attribution | null
  body: JsonBody | null
  model: string
  stream: boolean
  /** The name asked for, when a budget's ladder chose a cheaper model. */
  downgradedFrom: string | null
  /** The longest answer, in tokens, that a hard budget set. */
  maxTokensApplied: number | null
  /** What limits reserved for the call; settled with what it really used. */
  tokens: number
  /** How long the call still waits for the counters of its limits. */
  patience: Patience
  ticket: Ticket | null
  left: RateLeft | null
  held: Held | null
  /** Whether a hard budget binds the call whichever key serves it. */
  hard: boolean
  /** The most tokens that the call can be billed; set where money is held. */
  bound: { input: number; output: number } | null
  /** What the ledger row tells its budgets. */
  charges: Charge[]
  budgetLeftNanos: number | null
  /** Attempts begun; `attempts` holds those that ended. */
  tries: number
  attempts: Attempt[]
  skipped: Skipped[]
  /** Ids of the keys that the last one was chosen from. */
  candidates: string[]
  waitedMs: number
  /** Time that others took: sending us the body, answering as a provider, pauses before another try. */
  outsideMs: number
  /** Each attempt with its start by `performance.now()`. */
  tried: { provider: Provider; startedAt: number }[]
  /** Whether the provider said what the call has used. */
  usageReported: boolean
  /** W3C trace context of the caller, as it came. */
  traceparent: string | null
  target: Target | null
  key: Key | null
  /** The attempt under way, with what it has taken of limits and budgets. */
  choice: Choice | null
  /** The first half of the ledger row, as the journal has it; null before the first attempt. */
  begun: { half: BegunHalf; json: string } | null
  /** What the journal has of the call. */
  entry: Entry
}

const requestIdForm = /^[A-Za-z0-9._:-]{1,128}$/

export function begin({ headers }: Call): Progress {
  const id = newId()
  const given = headers['x-request-id']
  return {
    id,
    requestId: typeof given === 'string' && requestIdForm.test(given) ? given : id,
    startedAt: Date.now(),
    clock: performance.now(),
    endpoint: null,
    caller: null,
    attribution: null,
    body: null,
    model: '',
    stream: false,
    downgradedFrom: null,
    maxTokensApplied: null,
    tokens: 0,
    patience: { ms: patienceMs },
    ticket: null,
    left: null,
    held: null,
    hard: false,
    bound: null,
    charges: [],
    budgetLeftNanos: null,
    tries: 0,
    attempts: [],
    skipped: [],
    candidates: [],
    waitedMs: 0,
    outsideMs: 0,
    tried: [],
    usageReported: false,
    traceparent: typeof headers.traceparent === 'string' ? headers.traceparent : null,
    target: null,
    key: null,
    choice: null,
    begun: null,
    entry: { place: null, committed: false },
  }
}

export function idHeaders(progress: Progress): Record<string, string> {
  return { 'x-request-id': progress.requestId, 'x-akcp-request': progress.id, 'cache-control': 'no-store' }
}

/** What is left of limits, in the forms that OpenAI's API uses, and of budgets. */
function addBounds(headers: Record<string, string>, progress: Progress): void {
  const { left, budgetLeftNanos, downgradedFrom, maxTokensApplied } = progress
  if (left && left.limitRequests !== null) {
    headers['x-ratelimit-limit-requests'] = String(left.limitRequests)
    headers['x-ratelimit-remaining-requests'] = String(left.remainingRequests)
    headers['x-ratelimit-reset-requests'] = duration(left.resetRequestsMs ?? 0)
  }
  if (left && left.limitTokens !== null) {
    headers['x-ratelimit-limit-tokens'] = String(left.limitTokens)
    headers['x-ratelimit-remaining-tokens'] = String(left.remainingTokens)
    headers['x-ratelimit-reset-tokens'] = duration(left.resetTokensMs ?? 0)
  }
  if (budgetLeftNanos !== null) headers['x-akcp-budget-remaining-usd'] = (budgetLeftNanos / 1e9).toFixed(6)
  if (downgradedFrom !== null) headers['x-akcp-downgraded-from'] = downgradedFrom
  if (maxTokensApplied !== null) headers['x-akcp-max-tokens-applied'] = String(maxTokensApplied)
}

/** Such as `6m0s`, `1.5s` or `120ms`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.ceil(ms)}ms`
  const seconds = Math.ceil(ms / 100) / 10
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${Math.round(seconds % 60)}s`
}

const passedOn = ['content-encoding', 'openai-processing-ms', 'openai-version']

/** Our headers and the few of the provider's that clients can use. */
export function answerHeaders(progress: Progress, upstream: IncomingHttpHeaders): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': upstream['content-type'] ?? 'application/json',
    'cache-control': 'no-store',
    'x-request-id': progress.requestId,
    'x-akcp-request': progress.id,
    'x-akcp-pool': progress.target?.pool.slug ?? '',
    'x-akcp-key': progress.key?.id ?? '',
    'x-akcp-model': progress.target?.model ?? '',
    'x-akcp-attempts': String(progress.tries),
  }
  addBounds(headers, progress)
  for (const name of passedOn) {
    const value = upstream[name]
    if (typeof value === 'string') headers[name] = value
  }
  return headers
}
