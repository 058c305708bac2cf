import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RowBatch } from '@/lib/ledger/row-batch'

const rowsOf = (values: unknown[]) =>
  values.map((value) => ({ json: JSON.stringify({ value }), entry: null, done: null }))

describe('a batch of rows', () => {
  it('has the JSON of any part of them, whatever they hold', () => {
    const values = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.integer()), {
      minLength: 1,
    })
    fc.assert(
      fc.property(values, fc.nat(), fc.nat(), (given, a, b) => {
        const batch = new RowBatch()
        for (const row of rowsOf(given)) batch.add(row)
        const first = a % given.length
        const end = first + 1 + (b % (given.length - first))
        const part = JSON.parse(batch.text(first, end))
        // JSON cannot hold half of a surrogate pair: it is escaped, and comes back.
        expect(part).toEqual(given.slice(first, end).map((value) => ({ value })))
      }),
    )
  })

  it('grows, and begins anew when it was settled', () => {
    const batch = new RowBatch()
    const settled: string[] = []
    for (const round of [1, 2]) {
      const values = Array.from({ length: 300 }, (_, n) => `${round} ${n} ${'x'.repeat(3000)}`)
      for (const row of rowsOf(values)) batch.add({ ...row, done: () => settled.push(row.json) })
      expect(JSON.parse(batch.text(0, batch.size))).toEqual(values.map((value) => ({ value })))
      batch.settle(() => {})
      expect(batch.size).toBe(0)
    }
    expect(settled).toHaveLength(600)
  })
})
