/**
 * Who owns something on disk: a process, named by its id and start time, so that one which died without cleaning up, or
 * another one that got its id, does not count. No dependencies.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** Owners touch their file this often; an owner on another host counts as gone after three misses. */
export const touchEveryMs = 10_000
export const goneAfterMs = 3 * touchEveryMs

/** @typedef {{ pid: number, started: string | null, host: string }} Owner */

/** @returns {Owner} */
export function thisProcess() {
  return { pid: process.pid, started: processStart(process.pid), host: hostname() }
}

/**
 * A process that is only stopped lives.
 * @param {Owner} owner
 * @param {number} ageMs since it touched its file
 */
export function lives(owner, ageMs) {
  if (owner.host !== hostname()) return ageMs < goneAfterMs
  const started = processStart(owner.pid)
  return started !== null && started === owner.started
}

/**
 * When a process started, in a form that only compares with itself; null when there is no such process.
 * @param {number} pid
 * @returns {string | null}
 */
export function processStart(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // proc(5): after the name in brackets come the state (field 3) and, as field 22, the start in clock ticks.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (fields[0] === 'Z') return null
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`
    }
    const [command, args] =
      process.platform === 'win32'
        ? ['powershell', ['-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.Ticks`]]
        : ['ps', ['-o', 'lstart=', '-p', String(pid)]]
    return (
      execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || null
    )
  } catch {
    return null
  }
}
