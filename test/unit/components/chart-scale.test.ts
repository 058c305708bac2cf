import fc from 'fast-check'
import { expect, test } from 'vitest'
import { labelEvery, linePath, niceTicks, stack } from '@/components/charts/scale'

test.each([
  [0, false, [0, 1]],
  [1, true, [0, 1]],
  [3, true, [0, 1, 2, 3]],
  [340, true, [0, 100, 200, 300, 400]],
  [0.0035, false, [0, 0.001, 0.002, 0.003, 0.004]],
])('the axis up to %s (whole: %s) has the ticks %j', (highest, whole, expected) => {
  expect(niceTicks(highest, whole)).toEqual(expected)
})

test('ticks always reach the highest value, are few, and whole where asked', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e12, noNaN: true }), fc.boolean(), (highest, whole) => {
      const ticks = niceTicks(highest, whole)
      expect(ticks[0]).toBe(0)
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest * (1 - 1e-6))
      expect(ticks.length).toBeLessThanOrEqual(6)
      if (whole) expect(ticks.every(Number.isInteger)).toBe(true)
    }),
  )
})

test('the parts of a bar stand on each other; what did not happen has none', () => {
  expect(stack({ a: 2, b: 0, c: 3, d: null }, ['a', 'b', 'c', 'd'])).toEqual([
    { id: 'a', from: 0, to: 2 },
    { id: 'c', from: 2, to: 5 },
  ])
})

test('labels keep their distance', () => {
  expect(labelEvery(80, 64)).toBe(1)
  expect(labelEvery(10, 64)).toBe(7)
})

test('a line is broken where a value is missing, and a value alone is still seen', () => {
  const path = linePath(
    [1, 2, null, 3, null],
    (index) => index * 10,
    (value) => value,
  )
  expect(path).toBe('M0.0 1.0L10.0 2.0M30.0 3.0m-3 0h6')
})
