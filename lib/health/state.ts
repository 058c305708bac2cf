/**
 * When a key counts as down: pure rules from failures and successes to a state. A failure cools only what is guilty: the
 * key, or the key for one model. Breaker failures (provider, network, timeout) must repeat before they count; a refused
 * secret takes the key out until a probe or a person clears it; everything else returns by itself, with one call first.
 */
import type { AttemptClass } from '@/lib/providers/classify'

export type Health = {
  state: 'up' | 'cooling' | 'down'
  /** Why it is not up; of what is up, why it was not the last time. */
  reason: AttemptClass | null
  /** Times are milliseconds since the epoch. */
  since: number
  /** When real traffic (cooling) or a probe (down) may try again. */
  nextTryAt: number | null
  /** Breaker failures in a row, and when the last one was. */
  failures: number
  failedAt: number
  /** How often it has gone out without a healthy minute in between: the cooldown doubles each time. */
  level: number
  /** One call is finding out whether it works again; null: none. */
  trialSince: number | null
  /** When it last came back: it gets its share of the calls step by step. */
  recoveredAt: number | null
  /** 0 to 100: what is left after recent failures. */
  score: number
}

export type FailureSeen = {
  class: AttemptClass
  retryAfterMs: number | null
  /** When the call was sent, and now. */
  startedAt: number
  now: number
  random: () => number
}

const second = 1000
const minute = 60 * second
const breakerFailures = 3
const breakerWindowMs = minute
/** A trial whose end was never heard of does not block the key for good. */
const trialMs = 10 * minute
const slowStartMs = 30 * second
const healthyMs = minute

/** First cooldown and the longest, by class; each further one doubles. */
const cooldowns: Record<Exclude<AttemptClass, 'request'>, [number, number]> = {
  auth: [minute, 30 * minute],
  quota: [5 * minute, 60 * minute],
  rate: [second, minute],
  model: [10 * minute, 60 * minute],
  provider: [2 * second, minute],
  network: [2 * second, minute],
  timeout: [2 * second, minute],
}

export function healthy(now: number): Health {
  return {
    state: 'up',
    reason: null,
    since: now,
    nextTryAt: null,
    failures: 0,
    failedAt: 0,
    level: 0,
    trialSince: null,
    recoveredAt: null,
    score: 100,
  }
}

/** Whether a failure of this class speaks of the key for one model only. */
export function isOfModel(failure: AttemptClass): boolean {
  return failure === 'rate' || failure === 'model'
}

/** Breaker classes: nobody has said no, so they may not take out more than half of a pool. */
export function isBreaker(reason: AttemptClass | null): boolean {
  return reason === 'provider' || reason === 'network' || reason === 'timeout'
}

export function afterFailure(health: Health, failure: FailureSeen): Health {
  const { class: reason, now } = failure
  if (reason === 'request') return endTrial(health)
  if (isStraggler(health, failure.startedAt) && reason !== 'auth') return waitAtLeast(health, failure)
  const seen = { ...health, score: Math.round(health.score * 0.8), failedAt: now, trialSince: null }
  if (isBreaker(reason)) {
    const failures = now - health.failedAt <= breakerWindowMs ? health.failures + 1 : 1
    // On trial, one failure is enough.
    if (failures < breakerFailures && health.trialSince === null) return { ...seen, failures }
    return goOut({ ...seen, failures }, failure, reason)
  }
  return goOut(seen, failure, reason)
}

/** A call sent before the key went out: with many in flight, each would double the cooldown of what is known already. */
function isStraggler(health: Health, startedAt: number): boolean {
  return health.state !== 'up' && startedAt <= health.since
}

function waitAtLeast(health: Health, { now, retryAfterMs }: FailureSeen): Health {
  return { ...health, nextTryAt: Math.max(health.nextTryAt ?? 0, now + (retryAfterMs ?? 0)) }
}

function goOut(health: Health, failure: FailureSeen, reason: Exclude<AttemptClass, 'request'>): Health {
  const { now, retryAfterMs, random } = failure
  const [first, longest] = cooldowns[reason]
  const settled = health.state === 'up' && now - (health.recoveredAt ?? 0) > healthyMs
  const level = settled ? 0 : health.level
  const backoff = Math.min(longest, first * 2 ** level) * (0.75 + random() / 2)
  const state = reason === 'auth' ? 'down' : 'cooling'
  return {
    ...health,
    state,
    reason,
    since: health.state === state && health.reason === reason ? health.since : now,
    nextTryAt: now + Math.round(retryAfterMs ?? backoff),
    level: Math.min(level + 1, 20),
    failures: 0,
  }
}

/** `startedAt`: when the call was sent; one from before the key went out does not bring it back. */
export function afterSuccess(health: Health, now: number, startedAt: number): Health {
  if (isStraggler(health, startedAt)) return health
  if (health.state === 'up' && health.failures === 0 && health.score === 100) return health
  const score = health.score >= 99 ? 100 : Math.round(health.score + (100 - health.score) * 0.1)
  if (health.state === 'up') return { ...health, failures: 0, score }
  return {
    ...health,
    state: 'up',
    since: now,
    nextTryAt: null,
    failures: 0,
    trialSince: null,
    recoveredAt: now,
    score,
  }
}

/** A call that says nothing about the key, such as one whose client left. */
export function endTrial(health: Health): Health {
  return health.trialSince === null ? health : { ...health, trialSince: null }
}

export function beginTrial(health: Health, now: number): Health {
  return { ...health, trialSince: now }
}

/** `trial`: one call may go, to find out. */
export function mayServe(health: Health, now: number): 'yes' | 'trial' | 'no' {
  if (health.state === 'up') return 'yes'
  if (health.state === 'down' || now < (health.nextTryAt ?? 0)) return 'no'
  return health.trialSince !== null && now - health.trialSince < trialMs ? 'no' : 'trial'
}

/** Share of its weight that a key gets: a tenth when it has just come back, all of it half a minute later. */
export function share(health: Health, now: number): number {
  if (health.recoveredAt === null) return 1
  return Math.min(1, 0.1 + (0.9 * Math.max(0, now - health.recoveredAt)) / slowStartMs)
}
