/** What each key of a pool gets of its calls. Pure. */
import type { KeyDetails } from '@/lib/data/keys'
import type { PoolDetails } from '@/lib/data/pools'
import { type KeyStatus, type KeyTrouble, troubleOf } from '../keys/key-list'

export type MemberRow = {
  keyId: string
  name: string
  provider: string
  status: KeyStatus
  trouble: KeyTrouble | null
  weight: number
  /** Of the pool's calls, between 0 and 1; null while the key gets none. */
  share: number | null
}

/** In the pool's order. A weight that the pool does not set is the key's own. */
export function memberRows(
  { members }: Pick<PoolDetails, 'members'>,
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
    }
  })
  return withShares(rows)
}

/** Active keys share the calls by weight; standby keys only when no active key can serve. */
export function withShares<Member extends Omit<MemberRow, 'share'>>(
  members: Member[],
): (Member & { share: number | null })[] {
  const usable = members.filter((member) => member.trouble === null)
  const active = usable.filter((member) => member.status === 'active')
  const serving = active.length > 0 ? active : usable.filter((member) => member.status === 'standby')
  const total = serving.reduce((sum, member) => sum + member.weight, 0)
  return members.map((member) => ({
    ...member,
    share: serving.includes(member) ? member.weight / total : null,
  }))
}
