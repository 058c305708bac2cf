/**
 * One process per data folder. The lock file names its owner by process id and start time, so that a process which
 * died without cleaning up, or another one that got its id, does not keep it. No dependencies.
 */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'

/** The owner touches the file this often; an owner on another host counts as gone after three misses. */
const touchEveryMs = 10_000
const goneAfterMs = 3 * touchEveryMs

/** @typedef {{ pid: number, started: string | null, host: string, address: string }} Owner */

/**
 * Creates the folder, takes its lock and returns the function that gives it back. Throws one clear line.
 * @param {string} dataDir
 * @param {string} address where this process can be reached, for the message a second start shows
 * @returns {() => void}
 */
export function lockDataDir(dataDir, address) {
  const file = join(dataDir, 'lock')
  /** @type {Owner} */
  const own = { pid: process.pid, started: processStart(process.pid), host: hostname(), address }
  const text = JSON.stringify(own)
  makeFolder(dataDir)
  while (!create(file, text)) takeFromTheDead(file, dataDir)

  const touch = setInterval(() => {
    if (read(file) === text) utimesSync(file, new Date(), new Date())
  }, touchEveryMs).unref()
  return () => {
    clearInterval(touch)
    if (read(file) === text) rmSync(file)
  }
}

/**
 * Level by level: Node's own recursion never ends in places such as /proc.
 * @param {string} folder
 */
function makeFolder(folder) {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    // As root PostgreSQL runs as another user, who must be able to pass through; the files inside are 0600.
    mkdirSync(folder, { mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw notWritable(folder, error)
  }
}

/**
 * @param {string} file
 * @param {string} text
 */
function create(file, text) {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw notWritable(join(file, '..'), error)
  }
}

/**
 * Removes a lock whose owner is gone; throws when it lives.
 * @param {string} file
 * @param {string} dataDir
 */
function takeFromTheDead(file, dataDir) {
  const text = read(file)
  if (text === null) return
  const owner = parse(text)
  const age = Date.now() - statSync(file).mtimeMs
  if (owner ? lives(owner, age) : age < 2000) throw inUse(dataDir, owner, age)
  // Of two that get here together only one moves the dead lock; the other may have moved a fresh one: put it back.
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw notWritable(dataDir, error)
  }
  if (read(aside) !== text) {
    renameSync(aside, file)
    return
  }
  rmSync(aside)
}

/**
 * @param {Owner} owner
 * @param {number} age
 */
function lives(owner, age) {
  if (owner.host !== hostname()) return age < goneAfterMs
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

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

/**
 * @param {string} text
 * @returns {Owner | null}
 */
function parse(text) {
  try {
    const owner = JSON.parse(text)
    return typeof owner?.pid === 'number' ? owner : null
  } catch {
    return null
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/**
 * @param {string} dataDir
 * @param {Owner | null} owner
 * @param {number} age
 */
function inUse(dataDir, owner, age) {
  if (owner && owner.host !== hostname()) {
    const left = Math.ceil((goneAfterMs - age) / 1000)
    return new Error(
      `${dataDir} was in use ${Math.ceil(age / 1000)} s ago by AKCP on host ${owner.host}: stop it there; if it is gone already, start again in ${left} s`,
    )
  }
  const who = owner ? ` (process ${owner.pid}, ${owner.address})` : ''
  return new Error(
    `${dataDir} is in use by another AKCP${who}: stop that one first, or give this one a folder of its own with DATA_DIR=…`,
  )
}

/**
 * @param {string} folder
 * @param {unknown} error
 */
function notWritable(folder, error) {
  const user = process.getuid ? `user ${process.getuid()}` : 'this user'
  return new Error(
    `${folder} cannot be written by ${user} (${codeOf(error) ?? error}): change its owner, or set DATA_DIR to a folder that can`,
  )
}
