import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Range, splitRange } from '@/lib/data/usage-range'

const at = (text: string) => new Date(`2026-03-01T${text}Z`)
const bucketMs = 15 * 60_000

it.each([
  ['whole buckets', '10:00:00', '11:00:00', ['10:00:00', '11:00:00'], []],
  [
    'both edges',
    '10:01:00',
    '11:02:00',
    ['10:15:00', '11:00:00'],
    [
      ['10:01:00', '10:15:00'],
      ['11:00:00', '11:02:00'],
    ],
  ],
  ['inside one bucket', '10:01:00', '10:14:59', null, [['10:01:00', '10:14:59']]],
  ['across one border', '10:10:00', '10:20:00', null, [['10:10:00', '10:20:00']]],
] as const)('splits %s', (_, from, to, buckets, edges) => {
  const range = (pair: readonly [string, string]) => ({ from: at(pair[0]), to: at(pair[1]) })
  expect(splitRange(range([from, to]))).toEqual({
    buckets: buckets && range(buckets),
    edges: edges.map(range),
  })
})

it('covers every moment of a range exactly once, and only whole buckets from rollups', () => {
  const day = 86_400_000
  fc.assert(
    fc.property(fc.integer({ min: 0, max: day }), fc.integer({ min: 1, max: day }), (start, length) => {
      const range = { from: new Date(start), to: new Date(start + length) }
      const { buckets, edges } = splitRange(range)
      const parts: Range[] = [...edges, ...(buckets ? [buckets] : [])].sort((a, b) => +a.from - +b.from)
      const joined = parts.every(
        (part, index) => +part.from === +(parts[index - 1]?.to ?? range.from) && part.from < part.to,
      )
      const aligned = !buckets || (+buckets.from % bucketMs === 0 && +buckets.to % bucketMs === 0)
      return joined && aligned && +(parts.at(-1)?.to ?? 0) === +range.to
    }),
  )
})
