import { allows } from '@/lib/registry/model-list'
import type { Key, Member, Pool, Target } from '@/lib/registry/snapshot'

/** Why a key was passed over; kept with the ledger row. */
export type Skipped = { key_id: string; why: string }
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
}

/**
 * The next key of the target's pool by smooth weighted round-robin, among those not tried yet. Standby keys serve
 * only when no active key can. Changes `turns`.
 */
export function pickKey(turns: Turns, input: PickInput): Pick {
  const skipped: Skipped[] = []
  const usable = input.target.pool.members.filter((member) => {
    const why = unusable(member.key, input)
    if (why) skipped.push({ key_id: member.key.id, why })
    return !why
  })
  const active = usable.filter(({ key }) => key.status === 'active')
  const candidates = active.length > 0 ? active : usable
  if (candidates.length === 0) return { key: null, skipped }
  return { key: takeTurn(turnsOf(turns, input.target.pool), candidates), skipped }
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

/** Smooth weighted round-robin: everyone gains its weight, the richest serves and pays the sum. */
function takeTurn(turns: Map<string, number>, candidates: Member[]): Key {
  let total = 0
  let best: { member: Member; turn: number } | null = null
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
