import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { processStart } from '@/lib/process-owner.mjs'
import { lockDataDir } from '@/lib/server/data-lock.mjs'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'akcp-lock-'))
  file = join(folder, 'lock')
})
afterEach(() => rmSync(folder, { recursive: true }))

const owner = (fields: object) =>
  JSON.stringify({
    pid: process.pid,
    started: processStart(process.pid),
    host: hostname(),
    address: 'port 1',
    ...fields,
  })

test('a living owner keeps its lock, and the message names it', () => {
  const release = lockDataDir(folder, 'port 4000')
  expect(() => lockDataDir(folder, 'port 4001')).toThrow(
    `${folder} is in use by another AKCP (process ${process.pid}, port 4000)`,
  )
  release()
  expect(existsSync(file)).toBe(false)
})

test('the folder is made, and the lock is closed to others', () => {
  const inner = join(folder, 'a', 'b')
  const release = lockDataDir(inner, 'port 1')
  expect(statSync(join(inner, 'lock')).mode & 0o777).toBe(0o600)
  release()
})

test('the lock of a dead process is taken over', async () => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  writeFileSync(file, owner({ pid: child.pid }))
  lockDataDir(folder, 'port 2')()
  expect(existsSync(file)).toBe(false)
})

test('the lock of a process whose id now belongs to another one is taken over', () => {
  writeFileSync(file, owner({ started: 'another time' }))
  lockDataDir(folder, 'port 2')()
})

test('a lock that was only half written is taken over once it is not fresh', () => {
  writeFileSync(file, '{"pid":')
  expect(() => lockDataDir(folder, 'port 2')).toThrow('is in use')
  utimesSync(file, new Date(Date.now() - 5000), new Date(Date.now() - 5000))
  lockDataDir(folder, 'port 2')()
})

test('an owner on another host counts as alive while it touches its lock', () => {
  writeFileSync(file, owner({ host: 'elsewhere' }))
  expect(() => lockDataDir(folder, 'port 2')).toThrow('by AKCP on host elsewhere')
  utimesSync(file, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000))
  lockDataDir(folder, 'port 2')()
})

test('releasing leaves a lock alone that someone else holds by now', () => {
  const release = lockDataDir(folder, 'port 1')
  const other = owner({ pid: 1, address: 'port 9' })
  writeFileSync(file, other)
  release()
  expect(readFileSync(file, 'utf8')).toBe(other)
})

test('a folder that cannot be made is one clear line', () => {
  writeFileSync(join(folder, 'plain'), '')
  expect(() => lockDataDir(join(folder, 'plain', 'data'), 'port 1')).toThrow(/cannot be written .*ENOTDIR/)
})
