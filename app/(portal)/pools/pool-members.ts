/** What each key of a pool gets of its calls. Pure. */
import type { KeyDetails } from '@/lib/data/keys'
import type { PoolDetails } from '@/lib/data/pools'
import { type KeyStatus, type KeyTrouble, troubleOf } from '../keys/key-list'
import type { Strategy } from './pool-draft'

export type MemberRow = {
  keyId: string
  name: string
  provider: string
  status: KeyStatus
  trouble: KeyTrouble | null
  weight: number
  tier: number
  /** Of the pool's calls, between 0 and 1; `varies` where the calls decide; null while the key gets none. */
  share: number | 'varies' | null
}

/** What the call and the moment decide, not the weights. */
const byCall: Strategy[] = ['least_latency', 'lowest_cost']

/** In the pool's order. A weight or tier that the pool does not set is the key's own. */
export function memberRows(
  { pool, members }: Pick<PoolDetails, 'pool' | 'members'>,
  keys: Map<string, { details: KeyDetails; providerEnabled: boolean }>,
  now: Date,
): MemberRow[] {
  const rows = members.flatMap((member) => {
    const found = keys.get(member.keyId)
    if (!found) return []
    const { key, provider } = found.details
    return {
      keyId: key.id,
      name: key.name,
      provider,
      status: key.status,
      trouble: troubleOf(found.details, now, found.providerEnabled),
      weight: member.weight ?? key.weight,
      tier: member.tier ?? key.tier,
    }
  })
  return withShares(rows, pool)
}

/**
 * Active keys share the calls; standby keys get their percentage of them, or all when no active key can serve. By
 * priority, only the best tier of each serves.
 */
export function withShares<Member extends Omit<MemberRow, 'share'>>(
  members: Member[],
  { strategy, standbyPercent }: { strategy: Strategy; standbyPercent: number },
): (Member & Pick<MemberRow, 'share'>)[] {
  const serving = (status: KeyStatus) => {
    const usable = members.filter((member) => member.trouble === null && member.status === status)
    const best = Math.min(...usable.map(({ tier }) => tier))
    return strategy === 'priority' ? usable.filter(({ tier }) => tier === best) : usable
  }
  const [active, standby] = [serving('active'), serving('standby')]
  const ofStandby = active.length === 0 ? 1 : standby.length === 0 ? 0 : standbyPercent / 100
  return members.map((member) => {
    const [group, part] = active.includes(member) ? [active, 1 - ofStandby] : [standby, ofStandby]
    if (!group.includes(member) || part === 0) return { ...member, share: null }
    if (group.length > 1 && byCall.includes(strategy)) return { ...member, share: 'varies' }
    const total = group.reduce((sum, { weight }) => sum + weight, 0)
    return { ...member, share: (part * member.weight) / total }
  })
}
