import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { newId } from '@/lib/id'
import { Journal } from '@/lib/ledger/journal'
import { LedgerWriter } from '@/lib/ledger/writer'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

function journal(): Journal {
  const dataDir = mkdtempSync(join(tmpdir(), 'akcp-writer-'))
  const made = new Journal(dataDir, newId(), { segmentBytes: 2000 })
  ends.push(async () => {
    await made.close(false)
    rmSync(dataDir, { recursive: true, force: true })
  })
  return made
}

/** A database that can be away: what it took, by id, and how often. */
function database() {
  const state = { away: false, rows: new Map<number, number>() }
  return {
    state,
    async fold(rows: string) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      if (state.away) throw new Error('away')
      for (const { n } of JSON.parse(rows)) state.rows.set(n, (state.rows.get(n) ?? 0) + 1)
    },
  }
}

function call(made: Journal, n: number) {
  const id = `call-${n}`
  const entry = { place: null, committed: false }
  made.add('A', id, JSON.stringify({ n, begun: true }), entry)
  made.flush()
  return { id, entry }
}

describe('a writer with a journal', () => {
  it('keeps a bounded number of rows in memory while the database is away, and loses and doubles none', async () => {
    const made = journal()
    const { state, fold } = database()
    const writer = new LedgerWriter(fold, made, { rowsInMemory: 20 })
    state.away = true
    for (let n = 0; n < 1000; n++) {
      writer.push(JSON.stringify({ n }), call(made, n))
      if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(writer.backlog).toBe(1000)
    expect(writer.failing).toBe(true)
    expect(writer.crowded).toBe(true)
    expect(writer.full).toBe(false)
    state.away = false
    // Calls go on while the backlog is read back.
    for (let n = 1000; n < 2000; n++) {
      writer.push(JSON.stringify({ n }), call(made, n))
      if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    }
    expect(await writer.flush(20_000)).toBe(true)
    expect(writer.failing).toBe(false)
    expect(writer.backlog).toBe(0)
    expect([...state.rows.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 2000 }, (_, n) => n))
    expect(new Set(state.rows.values())).toEqual(new Set([1]))
    expect(made.settled).toBe(true)
    await vi.waitFor(() => expect(made.bytes).toBeLessThan(2000))
  })

  it('keeps a row in memory when the journal cannot take it any more', async () => {
    const made = journal()
    const { state, fold } = database()
    const writer = new LedgerWriter(fold, made, { rowsInMemory: 5 })
    state.away = true
    const begun = Array.from({ length: 20 }, (_, n) => call(made, n))
    for (let n = 0; n < 10; n++) writer.push(JSON.stringify({ n }), begun[n])
    await made.close(false)
    for (let n = 10; n < 20; n++) writer.push(JSON.stringify({ n }), begun[n])
    expect(writer.full).toBe(true)
    expect(writer.backlog).toBe(20)
  })

  it('tells how long the oldest row has waited', async () => {
    const { state, fold } = database()
    let now = 1000
    const writer = new LedgerWriter(fold, null, { now: () => now })
    state.away = true
    const written = new Promise<void>((done) => writer.push('{"n":1}', null, done))
    now = 4000
    writer.push('{"n":2}')
    expect(writer.lagSeconds).toBe(3)
    state.away = false
    await written
    await writer.flush(1000)
    expect(writer.lagSeconds).toBe(0)
  })
})

describe('a row that the database refuses for what it holds', () => {
  it('does not hold up the others, and is not tried again', async () => {
    const made = journal()
    const taken: number[] = []
    const writer = new LedgerWriter(async (rows) => {
      const numbers = JSON.parse(rows).map(({ n }: { n: number }) => n)
      if (numbers.includes(3)) throw Object.assign(new Error('out of range'), { code: '22003' })
      taken.push(...numbers)
    }, made)
    for (let n = 0; n < 8; n++) writer.push(JSON.stringify({ n }), call(made, n))
    expect(await writer.flush(5000)).toBe(true)
    expect(taken.sort()).toEqual([0, 1, 2, 4, 5, 6, 7])
    expect(writer.refusedRows).toBe(1)
    expect(made.settled).toBe(true)
  })
})
