import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type History, minute, nothing, Passing, SlidingWindow } from '@/lib/alerts/histories/history'
import type { Rule } from '@/lib/alerts/observers/observation'
import { replay } from '@/lib/alerts/replay'
import { percentiles, percentilesOf } from '@/lib/data/histogram'

const from = Date.parse('2026-03-02T00:00:00Z')
const rule: Rule = {
  id: 'r',
  name: 'r',
  kind: 'error_rate',
  scope: { by: 'key' },
  windowMinutes: 5,
  threshold: 0.5,
  minCount: 10,
  severity: 'warning',
}
const telling = { renotifyMinutes: 0, mutes: [], timeZone: 'UTC' }

/** One look a minute: how many of ten calls of a key failed. */
function past(failed: number[], calls = 10): History {
  return {
    from,
    to: from + failed.length * minute,
    stepMs: minute,
    remarks: [],
    at(now) {
      const one = { id: 'k', name: 'main', calls, failed: failed[(now - from) / minute - 1] ?? 0 }
      return { ...nothing, now, traffic: [{ ...one, classes: {}, p95: null, usualP95: null }] }
    },
  }
}
const times = (...[good, bad]: [number, number]) => [
  ...Array<number>(good).fill(0),
  ...Array<number>(bad).fill(9),
]
const brief = (failed: number[], given = {}) =>
  replay(rule, past(failed), { ...telling, ...given }).map(({ firedAt, resolvedAt, told, flapping }) => [
    (firedAt - from) / minute,
    resolvedAt === null ? null : (resolvedAt - from) / minute,
    told,
    flapping,
  ])

describe('a replay', () => {
  it.each([
    ['nothing happened', [0, 0, 0], {}, []],
    ['it goes on at the end', [0, 9, 9], {}, [[2, null, 1, false]]],
    ['it came and went', [0, 9, 9, 0, 0], {}, [[2, 4, 2, false]]],
    ['what comes back within ten minutes is the same alert', [9, 0, 0, 9, 0], {}, [[1, null, 3, true]]],
    [
      'what comes back later is another one',
      [9, ...times(12, 1), 0],
      {},
      [
        [1, 2, 2, false],
        [14, 15, 2, false],
      ],
    ],
    ['told again while it lasts', times(1, 10), { renotifyMinutes: 3 }, [[2, null, 4, false]]],
    [
      'nobody is told at quiet times',
      [0, 9, 0],
      { mutes: [{ days: [1], from: '00:00', to: '01:00' }] },
      [[2, 3, 0, false]],
    ],
    [
      'quiet times of other days do not count',
      [0, 9, 0],
      { mutes: [{ days: [2], from: '00:00', to: '01:00' }] },
      [[2, 3, 2, false]],
    ],
  ])('%s', (_, failed, given, expected) => {
    expect(brief(failed, given)).toEqual(expected)
  })

  it('keeps to the minimum count, but not for what has fired already', () => {
    expect(replay(rule, past([5, 5], 9), telling)).toEqual([])
    let calls = 10
    const shrinking: History = {
      ...past([9, 1, 0]),
      at: (now) => {
        const reading = past([9, 1, 0], calls).at(now, new Set())
        calls = 2
        return reading
      },
    }
    const [firing] = replay(rule, shrinking, telling)
    expect(firing?.resolvedAt).toBe(from + 3 * minute)
  })
})

describe('what histories are made with', () => {
  const rows = fc.array(fc.record({ slice: fc.nat(40), n: fc.integer({ min: 1, max: 5 }) }))

  it('a sliding window holds what a fresh count of it would', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 12 }), fc.array(fc.nat(45)), (all, width, stops) => {
        let sum = 0
        const window = new SlidingWindow(all, width, ({ n }, sign) => {
          sum += sign * n
        })
        for (const end of stops.sort((a, b) => a - b)) {
          window.moveTo(end)
          const inside = all.filter(({ slice }) => slice < end && slice >= end - width)
          expect(sum).toBe(inside.reduce((total, { n }) => total + n, 0))
        }
      }),
    )
  })

  it('items pass once each, in order', () => {
    const passing = new Passing([1, 2, 2, 5].map((at) => ({ at })))
    expect([0, 2, 2, 9].map((time) => passing.upTo(time).map(({ at }) => at))).toEqual([
      [],
      [1, 2, 2],
      [],
      [5],
    ])
  })

  it('percentiles of counts are those of histograms as PostgreSQL adds them up', () => {
    const counts = fc.array(fc.nat(999_999), { maxLength: 30 })
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 1, noNaN: true }), (each, share) => {
        const digits =
          each
            .toReversed()
            .map((n) => String(n).padStart(12, '0'))
            .join('') || '0'
        expect(percentilesOf(each, [share])).toEqual(percentiles(digits, [share]))
      }),
    )
  })
})
