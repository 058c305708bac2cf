import type { AlertSubject, KeyOut, PoolLeft } from '@/lib/alerts/facts'
import type { KeyReading, Readings } from '@/lib/alerts/readings'
import { day, iso, minute, type Observation, type Observer, observation, type Rule } from './observation'

/** A key that cools down for this long is out of its pools; shorter pauses are everyday. */
const outAfterMs = minute

export function keyDown(rule: Rule, { keys, now }: Readings): Observation[] {
  return usable(keys, rule).flatMap((key) => {
    const told =
      key.state === 'down' ||
      key.reason === 'quota' ||
      now - (key.since ?? now) >= rule.windowMinutes * minute
    if (key.hasSecret && (key.state === 'up' || !told)) return []
    const facts = {
      kind: 'key_down',
      provider: key.provider,
      state: !key.hasSecret || key.state === 'up' ? 'no_secret' : key.state,
      reason: key.reason,
      since: key.since === null ? null : iso(key.since),
      next_try_at: key.nextTryAt === null ? null : iso(key.nextTryAt),
      status: key.lastError?.status ?? null,
      message: key.lastError?.message?.slice(0, 300) ?? null,
      pools: poolsLeft(key, keys, now),
    } as const
    return [observation(rule, keySubject(key), facts)]
  })
}

function poolsLeft(key: KeyReading, keys: KeyReading[], now: number): PoolLeft[] {
  return key.pools.map(({ id, slug }) => {
    const members = keys.filter(
      ({ status, pools }) => status !== 'disabled' && pools.some((pool) => pool.id === id),
    )
    return { name: slug, up: members.filter((member) => !isOut(member, now)).length, total: members.length }
  })
}

function isOut({ hasSecret, state, reason, since }: KeyReading, now: number): boolean {
  if (!hasSecret || state === 'down') return true
  return state === 'cooling' && (reason === 'quota' || now - (since ?? now) >= outAfterMs)
}

export const poolDegraded: Observer = (rule, readings) =>
  poolsOf(rule, readings).flatMap(({ subject, total, out }) => {
    const some = out.length > 0 && out.length < total && total >= Math.max(2, rule.minCount)
    if (!some || out.length / total < rule.threshold) return []
    return [observation(rule, subject, { kind: 'pool_degraded', out, total })]
  })

export const poolOut: Observer = (rule, readings) =>
  poolsOf(rule, readings)
    .filter(({ total, out }) => out.length === total)
    .map(({ subject, total, out }) => observation(rule, subject, { kind: 'pool_out', out, total }))

/** Pools that have at least one key that is meant to serve. */
function poolsOf(
  rule: Rule,
  { keys, now }: Readings,
): { subject: AlertSubject; total: number; out: KeyOut[] }[] {
  const members = new Map<string, { slug: string; keys: KeyReading[] }>()
  for (const key of usable(keys, rule)) {
    for (const { id, slug } of key.pools) {
      if (rule.scope.pool && !rule.scope.pool.includes(id)) continue
      members.set(id, { slug, keys: [...(members.get(id)?.keys ?? []), key] })
    }
  }
  return [...members].map(([id, { slug, keys: all }]) => ({
    subject: { scope: 'pool', id, name: slug },
    total: all.length,
    out: all
      .filter((key) => isOut(key, now))
      .map(({ id: keyId, name, reason }) => ({ id: keyId, name, reason })),
  }))
}

export const balancesLow: Observer = (rule, { keys }) =>
  usable(keys, rule).flatMap((key) => balanceLow(rule, key))

function balanceLow(rule: Rule, key: KeyReading): Observation[] {
  const { balance, balanceThresholdUsd } = key
  const threshold = balanceThresholdUsd ?? rule.threshold
  if (!balance || balance.usd === null || balance.usd >= threshold) return []
  const { amount, currency, usd, source, readAt } = balance
  const facts = {
    kind: 'balance_low',
    amount,
    currency,
    usd,
    threshold_usd: threshold,
    read_at: iso(readAt),
    source,
  } as const
  return [observation(rule, keySubject(key), facts)]
}

export function keyUnused(rule: Rule, { keys, now }: Readings): Observation[] {
  return usable(keys, rule).flatMap((key) => {
    const idleMs = now - Math.max(key.lastUsedAt ?? 0, key.createdAt)
    // A standby key waits for the others to fail: that is its work.
    if (key.status !== 'active' || idleMs < Math.max(1, rule.threshold) * day) return []
    const facts = {
      kind: 'key_unused',
      provider: key.provider,
      last_used_at: key.lastUsedAt === null ? null : iso(key.lastUsedAt),
      days: Math.floor(idleMs / day),
    } as const
    return [observation(rule, keySubject(key), facts)]
  })
}

export function keyExpiring(rule: Rule, { keys, now }: Readings): Observation[] {
  return usable(keys, rule).flatMap((key) => {
    if (key.expiresAt === null || key.expiresAt - now > rule.threshold * day) return []
    const expired = key.expiresAt <= now
    const daysLeft = Math.max(0, Math.ceil((key.expiresAt - now) / day))
    const facts = {
      kind: 'key_expiring',
      provider: key.provider,
      expires_at: iso(key.expiresAt),
      days_left: daysLeft,
    } as const
    return [
      {
        ...observation(rule, keySubject(key), facts),
        level: expired ? 2 : 1,
        severity: expired ? 'critical' : rule.severity,
      },
    ]
  })
}

function keySubject({ id, name }: KeyReading): AlertSubject {
  return { scope: 'key', id, name }
}

/** Keys that are meant to serve, and that the rule looks at. */
function usable(keys: KeyReading[], { scope }: Rule): KeyReading[] {
  return keys.filter(
    (key) =>
      key.status !== 'disabled' &&
      (scope.key?.includes(key.id) ?? true) &&
      (scope.provider?.includes(key.providerId) ?? true) &&
      (scope.environment?.includes(key.environment) ?? true) &&
      (scope.pool?.some((id) => key.pools.some((pool) => pool.id === id)) ?? true),
  )
}
