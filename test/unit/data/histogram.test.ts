import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { percentiles } from '@/lib/data/histogram'

const digits = 12n
/** The number that PostgreSQL makes of so many values in these buckets, counted from 0. */
const numberOf = (counts: [bucket: number, count: number][]) =>
  counts
    .reduce((sum, [bucket, count]) => sum + BigInt(count) * 10n ** (digits * BigInt(bucket)), 0n)
    .toString()
const bound = (bucket: number) => 2 ** (bucket / 4) - 1

describe('percentiles of a histogram', () => {
  it('are unknown when there is nothing', () => {
    expect(percentiles('0', [0.5, 0.95])).toEqual([null, null])
  })

  it.each([
    // Four values between 1023 and 1217 ms, of which half lie below the middle.
    [[[40, 4]], 0, 1023],
    [[[40, 4]], 0.5, 1120],
    [[[40, 4]], 1, 1217],
    [[[0, 1]], 1, 0],
  ] as [[number, number][], number, number][])(
    'lie inside the bucket, in proportion: %j, %d',
    (counts, share, value) => {
      expect(percentiles(numberOf(counts), [share])).toEqual([value])
    },
  )

  it('are in the bucket that a count of single values finds, with up to a billion of them', () => {
    const bucket = fc.tuple(fc.integer({ min: 0, max: 87 }), fc.integer({ min: 1, max: 1_000_000_000 }))
    const filled = fc.uniqueArray(bucket, { minLength: 1, maxLength: 20, selector: ([at]) => at })
    fc.assert(
      fc.property(filled, fc.double({ min: 0, max: 1, noNaN: true }), (counts, share) => {
        const wanted = share * counts.reduce((sum, [, count]) => sum + count, 0)
        const ascending = counts.toSorted(([a], [b]) => a - b)
        let seen = 0
        const at = ascending.find(([, count]) => {
          seen += count
          return seen >= wanted
        })?.[0] as number
        const [found] = percentiles(numberOf(counts), [share])
        expect(found).toBeGreaterThanOrEqual(Math.round(bound(at)))
        expect(found).toBeLessThanOrEqual(Math.round(bound(at + 1)))
      }),
    )
  })
})
