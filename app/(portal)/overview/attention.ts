import type { KeyRow } from '../keys/key-list'

export type AttentionRow = KeyRow & { standbyInUse: boolean }

const mostRows = 8

/**
 * Keys whose rows cover the last hour, the worst first: in trouble, then failing, then a standby key that serves, then
 * disabled ones. Keys that serve well are left out.
 */
export function keysThatNeedAttention(rows: KeyRow[]): AttentionRow[] {
  return rows
    .map((row) => ({ ...row, standbyInUse: row.status === 'standby' && row.requests > 0 }))
    .filter((row) => rank(row) > 0)
    .sort((a, b) => rank(b) - rank(a) || b.failures - a.failures || a.name.localeCompare(b.name))
    .slice(0, mostRows)
}

function rank({ status, trouble, failures, standbyInUse }: AttentionRow): number {
  if (status === 'disabled') return 1
  if (trouble) return 4
  if (failures > 0) return 3
  return standbyInUse ? 2 : 0
}
