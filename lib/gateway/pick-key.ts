import type { Verdict } from '@/lib/health/book'
import { allows } from '@/lib/registry/model-list'
import type { Key, Target } from '@/lib/registry/snapshot'
import { type Candidate, type Choosing, chooseKey } from './strategies'

/** Why a key was passed over; kept with the ledger row. */
export type Skipped = {
  key_id: string
  why: string
  /** Milliseconds since the epoch; when it may be tried again. */
  retry_at?: number
}
export type Pick = { key: Key | null; candidates: string[]; skipped: Skipped[] }

export type PickInput = Choosing & {
  target: Omit<Target, 'pool'>
  tenant: string
  now: number
  /** Why this call may not use the key although others might: tried before, over its own limit, out of money. */
  refused: Map<string, Skipped>
  /** Whether a pressed stop of the pool, provider or key keeps this key back. */
  isHeld: (key: Key) => boolean
  health: (key: Key) => Verdict
}

/**
 * The next key of the target's pool, by the pool's strategy. Standby keys serve when no active key can, and for the
 * pool's `standbyPercent`; keys that have just come back get their share step by step. Changes `turns`.
 */
export function pickKey(input: PickInput): Pick {
  const skipped: Skipped[] = []
  const possible: Possible[] = []
  for (const { key, weight, tier } of input.pool.members) {
    const why = unusable(key, input)
    if (why) skipped.push(why)
    else {
      const verdict = input.health(key)
      possible.push({ key, weight: weight * shareOf(verdict), fullWeight: weight, tier, verdict })
    }
  }
  const candidates = firstTier(firstRank(withoutEjected(possible, skipped), input), input)
  const key = candidates.length > 0 ? chooseKey(candidates, input) : null
  return { key, candidates: candidates.map((candidate) => candidate.key.id), skipped }
}

type Possible = Candidate & { verdict: Verdict }

function withoutEjected(possible: Possible[], skipped: Skipped[]): Possible[] {
  if (possible.every(({ verdict }) => verdict.serve !== 'no')) return possible
  const ejected = ejectedKeys(possible)
  for (const { key, verdict } of ejected) {
    const { reason, retryAt } = verdict
    skipped.push({ key_id: key.id, why: `out: ${reason}`, ...(retryAt !== null && { retry_at: retryAt }) })
  }
  return possible.filter((one) => !ejected.includes(one))
}

function firstRank(usable: Candidate[], { pool, random }: PickInput): Candidate[] {
  if (usable.every(({ key }) => key.status === 'active')) return usable
  const active = usable.filter(({ key }) => key.status === 'active')
  const standbyTurn = pool.standbyPercent > 0 && random() * 100 < pool.standbyPercent
  if (active.length > 0 && !standbyTurn) return active
  return usable.filter(({ key }) => key.status === 'standby')
}

function firstTier(usable: Candidate[], { pool }: PickInput): Candidate[] {
  if (pool.strategy !== 'priority') return usable
  const best = Math.min(...usable.map(({ tier }) => tier))
  return usable.filter(({ tier }) => tier === best)
}

/** A key that is spared although it is out gets few calls. */
function shareOf(verdict: Verdict): number {
  return verdict.serve === 'no' ? 0.1 : verdict.share
}

/**
 * Keys that are out. Where nobody has said no (provider, network and timeout failures), at most half of the keys: those
 * that may try again soonest stay, because a whole pool is not given up on a guess.
 */
function ejectedKeys(possible: Possible[]): Possible[] {
  const out = possible.filter(({ verdict }) => verdict.serve === 'no')
  const guesses = out
    .filter(({ verdict }) => verdict.breaker)
    .sort((a, b) => (b.verdict.retryAt ?? 0) - (a.verdict.retryAt ?? 0))
  const spared = guesses.slice(Math.floor(possible.length / 2))
  return out.filter((one) => !spared.includes(one))
}

function unusable(key: Key, input: PickInput): Skipped | null {
  const why = whyNot(key, input)
  if (why !== null) return { key_id: key.id, why }
  return input.refused.size > 0 ? (input.refused.get(key.id) ?? null) : null
}

function whyNot(key: Key, { pool, target, tenant, now, isHeld }: PickInput): string | null {
  if (key.status === 'disabled') return 'disabled'
  if (!key.provider.enabled) return 'provider disabled'
  if (target.provider && key.provider !== target.provider) return 'other provider'
  if (key.environment !== pool.environment) return 'other environment'
  if (key.expiresAt && key.expiresAt.getTime() <= now) return 'expired'
  if (key.secret === null) return key.problem ?? 'no secret'
  if (!allows(key.models, target.model) || !allows(pool.models, target.model)) return 'model not allowed'
  if (pool.tenantScope && !pool.tenantScope.has(tenant)) return 'tenant not allowed'
  if (isHeld(key)) return 'stopped'
  return null
}
