import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differences, memoryOver, orderOf, percentile, ratios, slope, spread } from '@/test/bench/figures.mjs'

test.each([
  [[7], 0.5, 7],
  [[1, 2], 0.5, 1],
  [[1, 2, 3], 0.5, 2],
  [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95, 10],
  [Array.from({ length: 100 }, (_, n) => n + 1), 0.99, 99],
  [[1, 2, 3], 0, 1],
  [[1, 2, 3], 1, 3],
])('of %j the share %d lies up to %d', (sorted, share, expected) => {
  expect(percentile(sorted, share)).toBe(expected)
})

test('no values have no percentile', () => {
  expect(percentile([], 0.5)).toBeNaN()
})

test.each([
  [[3, 1, 2], { median: 2, lowest: 1, highest: 3 }],
  [[4, 1, 2, 3], { median: 2.5, lowest: 1, highest: 4 }],
  [[10, 9, 100], { median: 10, lowest: 9, highest: 100 }],
  [[5], { median: 5, lowest: 5, highest: 5 }],
])('the middle and the ends of %j', (values, expected) => {
  expect(spread(values)).toEqual(expected)
})

test('ratios and differences are taken round by round, not of the medians', () => {
  expect(ratios([10, 40, 90], [10, 20, 30])).toEqual({ median: 2, lowest: 1, highest: 3 })
  expect(differences([5, 9, 2], [1, 2, 3])).toEqual({ median: 4, lowest: -1, highest: 7 })
})

test('rounds without their pair are refused', () => {
  expect(() => ratios([1, 2], [1])).toThrow('not measured in pairs')
  expect(() => differences([1], [1, 2])).toThrow('not measured in pairs')
})

test('the slope of a line is found whatever its place, and noise that balances out does not turn it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -50, max: 50 }),
      fc.integer({ min: -50, max: 50 }),
      fc.integer({ min: 2, max: 40 }),
      (rise, start, count) => {
        const points = Array.from({ length: count }, (_, x) => ({ x, y: start + rise * x }))
        expect(slope(points)).toBeCloseTo(rise, 6)
        const noisy = points.flatMap(({ x, y }) => [
          { x, y: y - 3 },
          { x, y: y + 3 },
        ])
        expect(slope(noisy)).toBeCloseTo(rise, 6)
      },
    ),
  )
})

test('memory that grows at first and then stays is flat, memory that goes on growing is not', () => {
  const over = (sizes: number[]) => memoryOver(sizes.map((mb, n) => ({ seconds: n * 30, mb })))
  expect(over([100, 150, 200, 200, 200, 200])).toEqual({
    lowestMb: 100,
    highestMb: 200,
    lastMb: 200,
    secondHalfMeanMb: 200,
    secondHalfMbPerMinute: 0,
  })
  expect(over([100, 110, 120, 130, 140, 150]).secondHalfMbPerMinute).toBeCloseTo(20)
})

test('in as many rounds as there are targets, each of them comes first once', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 7 }),
      fc.nat({ max: 3 }),
      (targets, turns) => {
        const orders = targets.map((_, round) => orderOf(targets, turns * targets.length + round))
        for (const order of orders) expect(order.toSorted()).toEqual(targets.toSorted())
        expect(new Set(orders.map(([first]) => first)).size).toBe(targets.length)
      },
    ),
  )
})

test('who comes after whom changes too', () => {
  const orders = [0, 1, 2, 3, 4, 5].map((round) => orderOf(['a', 'b', 'c'], round).join(''))
  expect(orders).toEqual(['abc', 'bca', 'cab', 'cba', 'acb', 'bac'])
})
