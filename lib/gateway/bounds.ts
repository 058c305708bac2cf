/** Which limits and budgets a call falls under, and what it is told when one of them refuses it. */
import { AkcpError } from '@/lib/errors'
import type { BudgetRefusal } from '@/lib/limits/budget-book'
import type { RateRefusal } from '@/lib/limits/rate'
import type { Bounds, Budget, LimitRule } from '@/lib/registry/bounds'
import type { Snapshot, Stop } from '@/lib/registry/snapshot'
import type { Attribution } from './attribution'
import type { Caller } from './authenticate'
import { hint } from './hints'
import { policiesOf } from './policies'
import { throttledError } from './stops'

/** What binds a call before a key is chosen. */
export function boundsOfCall(snapshot: Snapshot, caller: Caller, attribution: Attribution): Bounds[] {
  const bounds: Bounds[] = policiesOf(snapshot, attribution)
  bounds.push(caller.app.bounds)
  if (caller.appKey) bounds.push(caller.appKey.bounds)
  return bounds
}

// Plain loops: these run several times for every call, and in profiles of it `flatMap` stood out.

export function rulesOf(bounds: Bounds[]): LimitRule[] {
  const rules: LimitRule[] = []
  for (const { rule } of bounds) if (rule) rules.push(rule)
  return rules
}

export function budgetsOf(bounds: Bounds[]): Budget[] {
  const all: Budget[] = []
  for (const { budgets } of bounds) for (const budget of budgets) all.push(budget)
  return all
}

/** A throttling stop, or a ladder's, counts as one more limit. */
export function throttleRule(id: string, rpm: number | null): LimitRule {
  return { scope: 'stop', id, limits: { rpm, tpm: null, concurrency: null } }
}

const kinds = { rpm: 'requests a minute', tpm: 'tokens a minute', concurrency: 'calls at the same time' }

/** A refusal by a pressed stop says so; any other names the limit. */
export function limitError(refusal: RateRefusal, stops: Stop[]): AkcpError {
  const { scope, kind, limit } = refusal
  const stop = scope === 'stop' ? stops.find(({ id }) => id === refusal.id) : undefined
  if (stop) return throttledError(stop, refusal.resetMs)
  const seconds = Math.max(1, Math.ceil(refusal.resetMs / 1000))
  const whose = scope === 'stop' ? 'A budget that is nearly used up' : `This ${scope.replace('_', ' ')}`
  return new AkcpError('rate_limit_exceeded', `${whose} allows ${limit} ${kinds[kind]}.`, {
    hint: kind === 'concurrency' ? hint('waitForConcurrency') : hint('waitForRetryAfter'),
    headers: { 'retry-after': String(seconds) },
    extra: { limit: { scope, kind, limit, reset_seconds: seconds } },
  })
}

export function budgetError({ refused, windowEnd, leftNanos }: BudgetRefusal): AkcpError {
  const { scope, period, limitNanos, hard } = refused
  const resetsAt = new Date(windowEnd).toISOString()
  const left = leftNanos > 0 ? `; the ${usd(leftNanos)} USD left may not suffice for this call` : ''
  return new AkcpError(
    'insufficient_quota',
    `The ${period === 'day' ? 'daily' : 'monthly'} budget of this ${scope.replace('_', ' ')}, ${usd(limitNanos)} USD, is used up${left}.`,
    {
      hint: hint(leftNanos > 0 && hard ? 'sendFewerTokens' : 'raiseBudget', { resetsAt }),
      headers: { 'x-should-retry': 'false' },
      extra: { budget: { scope, period, limit_usd: limitNanos / 1e9, resets_at: resetsAt } },
    },
  )
}

function usd(nanos: number): string {
  return (nanos / 1e9).toFixed(9).replace(/\.?0+$/, '')
}
