import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeLines, encodeLine, endedRows, type Line, longestLine } from '@/lib/ledger/journal-lines'

const line = (kind: 'A' | 'U', id: string, json = `{"id":"${id}","text":"${kind}"}`): Line => ({
  kind,
  id,
  json,
})
function journal(lines: Line[]): Buffer {
  const bytes = Buffer.alloc(lines.reduce((sum, one) => sum + longestLine(one), 0))
  return bytes.subarray(
    0,
    lines.reduce((end, one) => encodeLine(one, bytes, end), 0),
  )
}

describe('lines of a journal', () => {
  it('read back as they were written, whatever the row holds', () => {
    const rows = fc.array(
      fc.tuple(fc.constantFrom('A' as const, 'U' as const), fc.uuid(), fc.string({ unit: 'binary' })),
    )
    fc.assert(
      fc.property(rows, (values) => {
        const lines = values.map(([kind, id, text]) => line(kind, id, JSON.stringify({ text })))
        expect(decodeLines(journal(lines))).toEqual({ lines, corrupt: 0 })
      }),
    )
  })

  it('are skipped and counted when torn', () => {
    const whole = journal([line('A', 'a'), line('U', 'a')])
    expect(decodeLines(whole.subarray(0, -1))).toEqual({ lines: [line('A', 'a')], corrupt: 1 })
  })

  it('are skipped and counted when any byte has changed, and the others are still read', () => {
    const lines = [line('A', 'a'), line('A', 'b'), line('U', 'a')]
    const whole = journal(lines)
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(whole)
        damaged[at] = (damaged[at] ?? 0) ^ change
        const read = decodeLines(damaged)
        expect(read.corrupt).toBeGreaterThan(0)
        // A damaged line end takes the line behind it along.
        expect(read.lines.length).toBeGreaterThanOrEqual(1)
        for (const one of read.lines) expect(lines).toContainEqual(one)
      }),
    )
  })

  it('that are empty or foreign are counted', () => {
    expect(decodeLines(Buffer.from('\n{"id":1}\n00000000 A x {}\n'))).toEqual({ lines: [], corrupt: 3 })
    expect(decodeLines(Buffer.alloc(4096))).toEqual({ lines: [], corrupt: 1 })
    expect(decodeLines(Buffer.alloc(0))).toEqual({ lines: [], corrupt: 0 })
  })
})

/** Calls that begin, try again and end, in any order among each other. */
const history = fc
  .array(fc.record({ attempts: fc.integer({ min: 1, max: 3 }), ends: fc.boolean() }), { maxLength: 12 })
  .chain((calls) => {
    const steps = calls.flatMap(({ attempts, ends }, call) => Array(attempts + (ends ? 1 : 0)).fill(call))
    return fc.shuffledSubarray(steps, { minLength: steps.length }).map((order) => {
      const seen = new Map<number, number>()
      return order.map((call: number) => {
        const step = (seen.get(call) ?? 0) + 1
        seen.set(call, step)
        const isEnd = step > (calls[call]?.attempts ?? 0)
        return line(isEnd ? 'U' : 'A', `call-${call}`, `{"id":"call-${call}","step":${step}}`)
      })
    })
  })

describe('after a crash at any byte', () => {
  it('each call that had begun has exactly one row, and it is the newest', () => {
    fc.assert(
      fc.property(history, fc.double({ min: 0, max: 1, noNaN: true }), (lines, share) => {
        const whole = journal(lines)
        const survived = decodeLines(whole.subarray(0, Math.floor(whole.length * share))).lines
        const open = new Map<string, string>()
        const rows = [...endedRows(survived, open), ...open.values()].map((json) => JSON.parse(json))
        const newest = new Map(survived.map(({ id, json }) => [id, JSON.parse(json)]))
        expect(rows.length).toBe(newest.size)
        for (const row of rows) expect(row).toEqual(newest.get(row.id))
      }),
      { numRuns: 2000 },
    )
  })

  it('and again after a crash while it was read, with its older part gone: no row is lost, and repeats are equal', () => {
    fc.assert(
      fc.property(history, fc.nat(), (lines, cut) => {
        const replay = (part: Line[]) => {
          const open = new Map<string, string>()
          return [...endedRows(part, open), ...open.values()]
        }
        const all = replay(lines)
        const first = replay(lines).slice(0, lines.length === 0 ? 0 : cut % lines.length)
        expect(new Set([...first, ...replay(lines)])).toEqual(new Set(all))
      }),
    )
  })
})
