import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '@/lib/id'
import { Journal, journalsIn } from '@/lib/ledger/journal'
import { adoptJournals, type Recovery } from '@/lib/ledger/recovery'
import { thisProcess } from '@/lib/process-owner.mjs'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'akcp-recovery-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid ?? 0
}

const folderOf = (id: string) => join(journalsIn(dataDir), id)
const own = (id: string, fields: object) =>
  writeFileSync(join(folderOf(id), 'owner'), JSON.stringify({ ...thisProcess(), ...fields }))

/** The journal of a process that has died, with two calls that ended and one that did not. */
async function leftBehind(): Promise<string> {
  const id = newId()
  const journal = new Journal(dataDir, id, { segmentBytes: 150 })
  for (const call of ['one', 'two', 'three']) {
    const entry = { place: null, committed: false }
    journal.add('A', call, JSON.stringify({ call, begun: true }), entry)
    journal.flush()
    if (call !== 'three') journal.add('U', call, JSON.stringify({ call }), entry)
    journal.flush()
  }
  await journal.close(false)
  own(id, { pid: await deadPid() })
  return id
}

function recovery(values: Partial<Recovery> = {}) {
  const seen = { rows: [] as string[], interrupted: [] as string[], released: [] as string[], corrupt: 0 }
  const options: Recovery = {
    dataDir,
    ownId: newId(),
    async push(json) {
      seen.rows.push(json)
    },
    interrupted: (rows) => seen.interrupted.push(...rows),
    async release(id) {
      seen.released.push(id)
    },
    corrupt(lines) {
      seen.corrupt += lines
    },
    ...values,
  }
  return { seen, options }
}

const expected = ['{"call":"one"}', '{"call":"two"}', '{"call":"three","begun":true}']

describe('the journal of a dead process', () => {
  it('is written to the ledger, its money is given back, and it goes', async () => {
    const id = await leftBehind()
    const { seen, options } = recovery()
    await adoptJournals(options)
    expect(seen).toEqual({ rows: expected, interrupted: [expected[2]], released: [id], corrupt: 0 })
    expect(existsSync(folderOf(id))).toBe(false)
  })

  it('keeps its money and its folder until all of its rows are in the database', async () => {
    const id = await leftBehind()
    const { seen, options } = recovery({ push: () => Promise.reject(new Error('away')) })
    await adoptJournals(options)
    expect(seen.released).toEqual([])
    expect(existsSync(folderOf(id))).toBe(true)
    const again = recovery()
    await adoptJournals(again.options)
    expect(again.seen.rows).toEqual(expected)
  })

  it('keeps its folder until its money is given back', async () => {
    const id = await leftBehind()
    const { options } = recovery({ release: () => Promise.reject(new Error('away')) })
    await adoptJournals(options)
    expect(existsSync(folderOf(id))).toBe(true)
  })

  it('counts lines that cannot be read, and takes the others', async () => {
    const id = await leftBehind()
    appendFileSync(join(folderOf(id), '00000001.log'), 'noise\n')
    appendFileSync(join(folderOf(id), '00000009.log'), '0011')
    const { seen, options } = recovery()
    await adoptJournals(options)
    expect(seen.rows).toEqual(expected)
    expect(seen.corrupt).toBe(2)
  })
})

describe('the journal of another process', () => {
  it('is left alone while that process lives, also when it is stopped', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const id = await leftBehind()
    const { processStart } = await import('@/lib/process-owner.mjs')
    own(id, { pid: child.pid, started: processStart(child.pid ?? 0) })
    child.kill('SIGSTOP')
    const { seen, options } = recovery()
    await adoptJournals(options)
    expect(seen.rows).toEqual([])
    child.kill('SIGKILL')
    await once(child, 'exit')
    await adoptJournals(options)
    expect(seen.rows).toEqual(expected)
  })

  it('is adopted when its process id belongs to another process by now', async () => {
    const id = await leftBehind()
    own(id, { started: 'another time' })
    const { seen, options } = recovery()
    await adoptJournals(options)
    expect(seen.released).toEqual([id])
  })

  it('on another host counts as alive for 30 seconds', async () => {
    const id = await leftBehind()
    own(id, { host: 'elsewhere' })
    const { seen, options } = recovery()
    await adoptJournals(options)
    expect(seen.released).toEqual([])
    const before = new Date(Date.now() - 40_000)
    utimesSync(join(folderOf(id), 'owner'), before, before)
    await adoptJournals(options)
    expect(seen.released).toEqual([id])
  })

  it('without an owner is left alone while it may be about to name itself', async () => {
    const id = newId()
    mkdirSync(folderOf(id), { recursive: true })
    const { seen, options } = recovery()
    await adoptJournals(options)
    expect(seen.released).toEqual([])
    const before = new Date(Date.now() - 40_000)
    utimesSync(folderOf(id), before, before)
    await adoptJournals(options)
    expect(seen.released).toEqual([id])
  })

  it('is not its own, nor is anything else in the folder', async () => {
    const id = await leftBehind()
    mkdirSync(folderOf('notes'), { recursive: true })
    const { seen, options } = recovery({ ownId: id })
    await adoptJournals(options)
    expect(seen.rows).toEqual([])
    expect(existsSync(folderOf('notes'))).toBe(true)
  })
})

it('there is nothing to do where there has never been a journal', async () => {
  await adoptJournals(recovery().options)
})
