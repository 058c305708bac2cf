/**
 * Rate limits, the pure part. Requests: never more than the limit within any minute. Tokens: a bucket of one minute's
 * tokens that fills all the time. Concurrency: calls that run now. A call takes from all its rules or from none.
 */
import type { Limits } from '@/drizzle/schema'

export type LimitScope =
  | 'global'
  | 'tenant'
  | 'project'
  | 'feature'
  | 'app'
  | 'app_key'
  | 'pool'
  | 'key'
  | 'stop'
export type LimitKind = keyof Limits

/** What holds for one tenant, app, pool …; null: no such limit. */
export type LimitRule = { scope: LimitScope; id: string; limits: Limits }

/** How one limit of a rule stands before a call. */
export type Standing = {
  rule: LimitRule
  kind: LimitKind
  /** What may be used here: the limit, or this process's share of it. */
  allowed: number
  used: number
  /** Until this call fits; 0: it does now. */
  waitMs: number
  /** Until the oldest request leaves the minute, or until the bucket is full. */
  resetMs: number
}

export type RateRefusal = {
  scope: LimitScope
  id: string
  kind: LimitKind
  /** As configured, also where a process enforces a share of it. */
  limit: number
  resetMs: number
}

/** After the call, of the rule that has least left: what the `x-ratelimit-…` headers say. Null: no such limit. */
export type RateLeft = {
  limitRequests: number | null
  remainingRequests: number | null
  resetRequestsMs: number | null
  limitTokens: number | null
  remainingTokens: number | null
  resetTokensMs: number | null
}

/** Living gateway processes, and which of them this one is, from 0. */
export type Peers = { count: number; rank: number }

export const minuteMs = 60_000
/** Nobody knows when a running call ends: this is how long to wait before asking again. */
export const concurrencyRetryMs = 1000
export const limitKinds = ['rpm', 'tpm', 'concurrency'] as const satisfies LimitKind[]

/** This process's part of `amount`; the parts of all processes add up to it. */
export function share(amount: number, { count, rank }: Peers): number {
  return Math.floor(amount / count) + (rank < amount % count ? 1 : 0)
}

/** The limit that refuses the call for longest; null: it may go. */
export function refusalOf(standings: Standing[]): RateRefusal | null {
  let longest: Standing | null = null
  for (const standing of standings) {
    if (standing.waitMs > (longest?.waitMs ?? 0)) longest = standing
  }
  if (!longest) return null
  const { rule, kind, waitMs } = longest
  const { scope, id, limits } = rule
  return { scope, id, kind, limit: limits[kind] ?? 0, resetMs: Math.ceil(waitMs) }
}

/** What is left once a call with this many tokens has been let in. */
export function leftAfter(standings: Standing[], tokens: number): RateLeft {
  const requests = tightest(standings, 'rpm', 1)
  const bucket = tightest(standings, 'tpm', tokens)
  const fillMs = bucket ? (tokens * minuteMs) / Math.max(1, bucket.allowed) : 0
  return {
    limitRequests: requests?.rule.limits.rpm ?? null,
    remainingRequests: requests ? remaining(requests, 1) : null,
    resetRequestsMs: requests ? Math.ceil(requests.resetMs) : null,
    limitTokens: bucket?.rule.limits.tpm ?? null,
    remainingTokens: bucket ? remaining(bucket, tokens) : null,
    resetTokensMs: bucket ? Math.ceil(bucket.resetMs + fillMs) : null,
  }
}

export const noLimits: RateLeft = leftAfter([], 0)

function tightest(standings: Standing[], kind: LimitKind, cost: number): Standing | null {
  let least: Standing | null = null
  for (const standing of standings) {
    if (standing.kind === kind && (!least || remaining(standing, cost) < remaining(least, cost)))
      least = standing
  }
  return least
}

function remaining({ allowed, used }: Standing, cost: number): number {
  return Math.max(0, Math.floor(allowed - used - cost))
}

export type Bucket = {
  used: number
  /** When `used` was right. */
  at: number
  perMinute: number
}

/** Tokens that have not flowed back yet. */
export function usedOf(bucket: Bucket, now: number): number {
  return Math.max(0, bucket.used - ((now - bucket.at) * bucket.perMinute) / minuteMs)
}

/** Until `tokens` fit on top of `used`. An estimate larger than the whole bucket fits when the bucket is full. */
export function bucketWait(used: number, tokens: number, allowed: number): number {
  if (allowed === 0) return minuteMs
  const over = tokens > allowed ? used : used + tokens - allowed
  return Math.max(0, (over * minuteMs) / allowed)
}
