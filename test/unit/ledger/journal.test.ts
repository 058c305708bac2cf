import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newId } from '@/lib/id'
import { type Entry, Journal } from '@/lib/ledger/journal'
import { decodeLines, type LineKind } from '@/lib/ledger/journal-lines'

let dataDir: string
const opened: Journal[] = []
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'akcp-journal-'))
})
afterEach(async () => {
  for (const journal of opened.splice(0)) await journal.close(false)
  rmSync(dataDir, { recursive: true, force: true })
})

function open(limits: ConstructorParameters<typeof Journal>[2] = {}): Journal {
  const journal = new Journal(dataDir, newId(), limits)
  opened.push(journal)
  return journal
}

const newEntry = (): Entry => ({ place: null, committed: false })

/** Writes a line by itself; null when it could not be written. */
function write(journal: Journal, kind: LineKind, id: string, json: string, entry = newEntry()): Entry | null {
  return journal.add(kind, id, json, entry) && journal.flush() ? entry : null
}

const row = (n: number) => JSON.stringify({ n, filler: 'x'.repeat(100) })
const segmentsOf = ({ folder }: Journal) => readdirSync(folder).filter((name) => name.endsWith('.log'))
const written = (journal: Journal) =>
  segmentsOf(journal).flatMap((name) => decodeLines(readFileSync(join(journal.folder, name))).lines)

describe('a journal', () => {
  it('has a line on the disk when it says so, closed to other users', () => {
    const journal = open()
    write(journal, 'A', 'call-1', row(1))
    expect(written(journal)).toEqual([{ kind: 'A', id: 'call-1', json: row(1) }])
    expect(statSync(journal.folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(journal.folder, '00000001.log')).mode & 0o777).toBe(0o600)
  })

  it('writes what one turn of the event loop adds at once, in order, and then says so', async () => {
    const journal = open()
    const entries = Array.from({ length: 500 }, newEntry)
    for (const [n, entry] of entries.entries()) journal.add('A', `call-${n}`, row(n), entry)
    expect(written(journal)).toEqual([])
    expect(await journal.written()).toBe(true)
    expect(written(journal).map(({ json }) => json)).toEqual(entries.map((_, n) => row(n)))
    expect(new Set(entries.map(({ place }) => place?.number))).toEqual(new Set([1]))
  })

  it('writes more than it gathers, and lines longer than that, without waiting', async () => {
    const journal = open()
    const long = JSON.stringify({ text: 'ü'.repeat(400_000) })
    for (let n = 0; n < 2000; n++) journal.add('A', `call-${n}`, row(n), newEntry())
    journal.add('A', 'long', long, newEntry())
    journal.add('A', 'last', row(0), newEntry())
    expect(await journal.written()).toBe(true)
    const lines = written(journal)
    expect(lines).toHaveLength(2002)
    expect(lines.slice(-2).map(({ json }) => json)).toEqual([long, row(0)])
  })

  it('does not count a call that was committed before its line was written', async () => {
    const journal = open()
    const entry = newEntry()
    write(journal, 'A', 'call-1', row(1), entry)
    journal.add('U', 'call-1', row(1), entry)
    journal.committed(entry)
    expect(await journal.written()).toBe(true)
    expect(journal.settled).toBe(true)
  })

  it('leaves calls where they were when a later line of theirs cannot be written', async () => {
    const journal = open({ segmentBytes: 100 })
    const entry = newEntry()
    write(journal, 'A', 'call-1', row(1), entry)
    const { place } = entry
    rmSync(journal.folder, { recursive: true })
    journal.add('U', 'call-1', row(1), entry)
    expect(await journal.written()).toBe(false)
    expect(entry.place).toBe(place)
    expect(place?.calls).toBe(1)
  })

  it('keeps a segment until the last call whose newest line it holds is in the database', async () => {
    const journal = open({ segmentBytes: 300 })
    const places = [1, 2, 3, 4].map((n) => write(journal, 'A', `call-${n}`, row(n)))
    expect(segmentsOf(journal)).toEqual(['00000001.log', '00000002.log'])
    const [first, second, third] = places
    if (!first || !second || !third) throw new Error('not written')
    journal.committed(first)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(segmentsOf(journal)).toContain('00000001.log')
    write(journal, 'U', 'call-2', row(2), second)
    await vi.waitFor(() => expect(segmentsOf(journal)).not.toContain('00000001.log'))
    expect(written(journal).filter(({ id }) => id === 'call-2')).toEqual([
      { kind: 'U', id: 'call-2', json: row(2) },
    ])
    expect(journal.settled).toBe(false)
    for (const entry of [second, third, places[3]]) if (entry) journal.committed(entry)
    expect(journal.settled).toBe(true)
  })

  it('closes the files of full segments, however many wait', async () => {
    const journal = open({ segmentBytes: 100 })
    const entries = Array.from({ length: 50 }, (_, n) => write(journal, 'A', `call-${n}`, row(n)))
    await vi.waitFor(() => expect(entries.filter((entry) => entry?.place?.fd !== null)).toHaveLength(1))
  })

  it('is full from its largest size on, and not any more when rows have been committed', async () => {
    const journal = open({ segmentBytes: 300, maxBytes: 1000 })
    const places = []
    for (let n = 0; !journal.full; n++) places.push(write(journal, 'U', `call-${n}`, row(n)))
    expect(places.length).toBeGreaterThan(4)
    for (const place of places) if (place) journal.committed(place)
    await vi.waitFor(() => expect(journal.full).toBe(false))
  })

  it('that cannot be written says so, and goes on by itself as soon as it can', async () => {
    const journal = open({ segmentBytes: 100 })
    expect(write(journal, 'A', 'call-1', row(1))).not.toBeNull()
    rmSync(journal.folder, { recursive: true })
    expect(write(journal, 'A', 'call-2', row(2))).toBeNull()
    expect(journal.full).toBe(true)
    await vi.waitFor(() => expect(journal.full).toBe(false), { timeout: 5000 })
    expect(write(journal, 'A', 'call-3', row(3))).not.toBeNull()
    expect(written(journal).map(({ id }) => id)).toEqual(['call-3'])
  })

  it('reads rows of ended calls back in order, also while more are written', async () => {
    const journal = open({ segmentBytes: 500 })
    const from = journal.end
    const seen: string[] = []
    let count = 0
    const add = () => {
      for (let n = 0; n < 5; n++) {
        const entry = newEntry()
        write(journal, 'A', `call-${count}`, row(-1), entry)
        write(journal, 'U', `call-${count}`, row(count++), entry)
      }
    }
    add()
    let position = from
    for (let n = 0; n < 40; n++) {
      const reading = journal.read(position)
      if (n < 8) add()
      const { rows, next } = await reading
      seen.push(...rows.map(({ json }) => json))
      position = next
    }
    expect(position).toEqual(journal.end)
    expect(seen).toEqual(Array.from({ length: 45 }, (_, n) => row(n)))
  })

  it('leaves its folder behind, unless nothing is left to do', async () => {
    const [kept, gone] = [open(), open()]
    await kept.close(false)
    await gone.close(true)
    expect(existsSync(kept.folder)).toBe(true)
    expect(existsSync(gone.folder)).toBe(false)
  })
})
