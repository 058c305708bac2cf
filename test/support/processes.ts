import { execFileSync } from 'node:child_process'

/** The process and everything that it started, with children's children. */
export function familyOf(pid: number | undefined): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number))
  const family = [pid ?? 0]
  for (const member of family) {
    family.push(...pairs.filter(([, parent]) => parent === member).map(([child = 0]) => child))
  }
  return family
}

export function living(pids: number[]): number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,stat='], { encoding: 'utf8' }).trim().split('\n')
  const alive = rows.map((row) => row.trim().split(/\s+/)).filter(([, state]) => !state?.startsWith('Z'))
  return pids.filter((pid) => alive.some(([id]) => Number(id) === pid))
}
