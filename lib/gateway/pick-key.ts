import type { Verdict } from '@/lib/health/book'
import { allows } from '@/lib/registry/model-list'
import type { Key, Pool, Target } from '@/lib/registry/snapshot'

/** Why a key was passed over; kept with the ledger row. */
export type Skipped = {
  key_id: string
  why: string
  /** Milliseconds since the epoch; when it may be tried again. */
  retry_at?: number
}
export type Pick = { key: Key; skipped: Skipped[] } | { key: null; skipped: Skipped[] }

/** What round-robin remembers of each pool: the current weight of each key. */
export type Turns = Map<string, Map<string, number>>

export type PickInput = {
  target: Target
  tenant: string
  tried: Set<string>
  now: number
  /** Whether a pressed stop of the pool, provider or key keeps this key back. */
  isHeld: (key: Key) => boolean
  health: (key: Key) => Verdict
}

/**
 * The next key of the target's pool by smooth weighted round-robin, among those not tried yet. Standby keys serve
 * only when no active key can; keys that have just come back get their share step by step. Changes `turns`.
 */
export function pickKey(turns: Turns, input: PickInput): Pick {
  const skipped: Skipped[] = []
  const ready = input.target.pool.members.filter((member) => {
    const why = unusable(member.key, input)
    if (why) skipped.push({ key_id: member.key.id, why })
    return !why
  })
  const verdicts = new Map(ready.map(({ key }) => [key.id, input.health(key)]))
  const ejected = ejectedKeys(verdicts)
  const usable = ready.filter(({ key }) => !ejected.has(key.id))
  for (const [key_id, { reason, retryAt }] of ejected) {
    skipped.push({ key_id, why: `out: ${reason}`, ...(retryAt !== null && { retry_at: retryAt }) })
  }
  const active = usable.filter(({ key }) => key.status === 'active')
  const candidates = active.length > 0 ? active : usable
  if (candidates.length === 0) return { key: null, skipped }
  const weighted = candidates.map(({ key, weight }) => ({
    key,
    weight: weight * shareOf(verdicts.get(key.id)),
  }))
  return { key: takeTurn(turnsOf(turns, input.target.pool), weighted), skipped }
}

/** A key that is spared although it is out gets few calls. */
function shareOf(verdict: Verdict | undefined): number {
  if (!verdict) return 1
  return verdict.serve === 'no' ? 0.1 : verdict.share
}

/**
 * Keys that are out. Where nobody has said no (provider, network and timeout failures), at most half of the keys: those
 * that may try again soonest stay, because a whole pool is not given up on a guess.
 */
function ejectedKeys(verdicts: Map<string, Verdict>): Map<string, Verdict> {
  const out = [...verdicts].filter(([, { serve }]) => serve === 'no')
  const guesses = out
    .filter(([, { breaker }]) => breaker)
    .sort(([, a], [, b]) => (b.retryAt ?? 0) - (a.retryAt ?? 0))
  const spared = new Set(guesses.slice(Math.floor(verdicts.size / 2)).map(([id]) => id))
  return new Map(out.filter(([id]) => !spared.has(id)))
}

function unusable(key: Key, { target, tenant, tried, now, isHeld }: PickInput): string | null {
  const { pool } = target
  if (tried.has(key.id)) return 'tried'
  if (key.status === 'disabled') return 'disabled'
  if (!key.provider.enabled) return 'provider disabled'
  if (target.provider && key.provider !== target.provider) return 'other provider'
  if (key.environment !== pool.environment) return 'other environment'
  if (key.expiresAt && key.expiresAt.getTime() <= now) return 'expired'
  if (key.secret === null) return key.problem ?? 'no secret'
  if (!allows(key.models, target.model) || !allows(pool.models, target.model)) return 'model not allowed'
  if (isHeld(key)) return 'stopped'
  if (pool.tenantScope && !pool.tenantScope.has(tenant)) return 'tenant not allowed'
  return null
}

type Candidate = { key: Key; weight: number }

/** Smooth weighted round-robin: everyone gains its weight, the richest serves and pays the sum. */
function takeTurn(turns: Map<string, number>, candidates: Candidate[]): Key {
  let total = 0
  let best: { member: Candidate; turn: number } | null = null
  for (const member of candidates) {
    const turn = (turns.get(member.key.id) ?? 0) + member.weight
    turns.set(member.key.id, turn)
    total += member.weight
    if (!best || turn > best.turn) best = { member, turn }
  }
  if (!best) throw new Error('takeTurn needs a candidate')
  turns.set(best.member.key.id, best.turn - total)
  return best.member.key
}

function turnsOf(turns: Turns, pool: Pool): Map<string, number> {
  const known = turns.get(pool.id) ?? new Map<string, number>()
  turns.set(pool.id, known)
  return known
}
