/**
 * One process per data folder: a lock file that names its owner, and that a dead owner does not keep. No dependencies.
 */
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
// biome-ignore lint/style/noRestrictedImports: this runs before anything is built, when @/ means nothing yet
import { goneAfterMs, lives, thisProcess, touchEveryMs } from '../process-owner.mjs'

/** @typedef {import('../process-owner.mjs').Owner & { address: string }} Owner */

/**
 * Creates the folder, takes its lock and returns the function that gives it back. Throws one clear line.
 * @param {string} dataDir
 * @param {string} address where this process can be reached, for the message a second start shows
 * @returns {() => void}
 */
export function lockDataDir(dataDir, address) {
  const file = join(dataDir, 'lock')
  /** @type {Owner} */
  const own = { ...thisProcess(), address }
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
