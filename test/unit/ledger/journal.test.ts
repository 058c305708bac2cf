import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newId } from '@/lib/id'
import { Journal } from '@/lib/ledger/journal'
import { decodeLines } from '@/lib/ledger/journal-lines'

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

const row = (n: number) => JSON.stringify({ n, filler: 'x'.repeat(100) })
const segmentsOf = ({ folder }: Journal) => readdirSync(folder).filter((name) => name.endsWith('.log'))
const written = (journal: Journal) =>
  segmentsOf(journal).flatMap((name) => decodeLines(readFileSync(join(journal.folder, name))).lines)

describe('a journal', () => {
  it('has a line on the disk when write returns, closed to other users', () => {
    const journal = open()
    journal.write('A', 'call-1', row(1), null)
    expect(written(journal)).toEqual([{ kind: 'A', id: 'call-1', json: row(1) }])
    expect(statSync(journal.folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(journal.folder, '00000001.log')).mode & 0o777).toBe(0o600)
  })

  it('keeps a segment until the last call whose newest line it holds is in the database', async () => {
    const journal = open({ segmentBytes: 300 })
    const places = [1, 2, 3, 4].map((n) => journal.write('A', `call-${n}`, row(n), null))
    expect(segmentsOf(journal)).toEqual(['00000001.log', '00000002.log'])
    const [first, second, third] = places
    if (!first || !second || !third) throw new Error('not written')
    journal.committed(first)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(segmentsOf(journal)).toContain('00000001.log')
    const ended = journal.write('U', 'call-2', row(2), second)
    await vi.waitFor(() => expect(segmentsOf(journal)).not.toContain('00000001.log'))
    expect(written(journal).filter(({ id }) => id === 'call-2')).toEqual([
      { kind: 'U', id: 'call-2', json: row(2) },
    ])
    expect(journal.settled).toBe(false)
    for (const place of [ended, third, places[3]]) if (place) journal.committed(place)
    expect(journal.settled).toBe(true)
  })

  it('closes the files of full segments, however many wait', async () => {
    const journal = open({ segmentBytes: 100 })
    const places = Array.from({ length: 50 }, (_, n) => journal.write('A', `call-${n}`, row(n), null))
    await vi.waitFor(() => expect(places.filter((place) => place?.fd !== null)).toHaveLength(1))
  })

  it('is full from its largest size on, and not any more when rows have been committed', async () => {
    const journal = open({ segmentBytes: 300, maxBytes: 1000 })
    const places = []
    for (let n = 0; !journal.full; n++) places.push(journal.write('U', `call-${n}`, row(n), null))
    expect(places.length).toBeGreaterThan(4)
    for (const place of places) if (place) journal.committed(place)
    await vi.waitFor(() => expect(journal.full).toBe(false))
  })

  it('that cannot be written says so, and goes on by itself as soon as it can', async () => {
    const journal = open({ segmentBytes: 100 })
    expect(journal.write('A', 'call-1', row(1), null)).not.toBeNull()
    rmSync(journal.folder, { recursive: true })
    expect(journal.write('A', 'call-2', row(2), null)).toBeNull()
    expect(journal.full).toBe(true)
    await vi.waitFor(() => expect(journal.full).toBe(false), { timeout: 5000 })
    expect(journal.write('A', 'call-3', row(3), null)).not.toBeNull()
    expect(written(journal).map(({ id }) => id)).toEqual(['call-3'])
  })

  it('reads rows of ended calls back in order, also while more are written', async () => {
    const journal = open({ segmentBytes: 500 })
    const from = journal.end
    const seen: string[] = []
    let count = 0
    const add = () => {
      for (let n = 0; n < 5; n++) {
        const place = journal.write('A', `call-${count}`, row(-1), null)
        journal.write('U', `call-${count}`, row(count++), place)
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
