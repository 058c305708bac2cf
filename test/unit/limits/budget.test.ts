import { describe, expect, it } from 'vitest'
import {
  applyCounters,
  type BudgetWindow,
  changeLimit,
  checkNanos,
  holdable,
  openWindow,
  posted,
  settleHold,
  spare,
  takeSpare,
  tryHold,
} from '@/lib/limits/budget'

const now = Date.parse('2026-11-21T12:00:00Z')
const window = (values: Partial<BudgetWindow> = {}): BudgetWindow => ({
  ...openWindow({ id: 'b', scope: 'app', scopeId: 'a', period: 'day', limitNanos: 1000 }, 'UTC', now),
  ...values,
})

describe('tryHold', () => {
  it.each([
    ['all leases suffice', [100, 30], [0, 0], 30, true],
    ['the first is short', [29, 100], [0, 0], 30, false],
    ['the last is short', [100, 29], [0, 0], 30, false],
    ['what is held is not free', [100, 100], [71, 0], 30, false],
    ['exactly what is left', [100, 100], [70, 0], 30, true],
    ['nothing, of nothing', [0, 0], [0, 0], 0, true],
    ['nothing, of less than nothing', [10, 10], [20, 0], 0, true],
  ])('%s', (_, leases, held, nanos, expected) => {
    const windows = leases.map((lease, place) => window({ lease, held: held[place] ?? 0 }))
    expect(tryHold(windows, nanos)).toBe(expected)
    expect(windows.map((each) => each.held)).toEqual(held.map((before) => before + (expected ? nanos : 0)))
  })
})

describe('settleHold', () => {
  it.each([
    ['what was held', 30, { covered: 30, lease: 70, held: 20 }],
    ['less: the rest is spare', 10, { covered: 10, lease: 90, held: 20 }],
    ['nothing', 0, { covered: 0, lease: 100, held: 20 }],
    ['more: the lease covers it', 60, { covered: 60, lease: 40, held: 20 }],
    ['more than the lease: the rest is not covered', 130, { covered: 100, lease: 0, held: 20 }],
  ])('takes %s', (_, cost, expected) => {
    const one = window({ lease: 100, held: 50 })
    const covered = settleHold(one, 30, cost)
    expect({ covered, lease: one.lease, held: one.held }).toEqual(expected)
    expect(one.settled).toBe(cost)
  })

  it('leaves a deficit where a call has eaten what others hold, so that it is asked for', () => {
    const one = window({ lease: 100, held: 100 })
    settleHold(one, 50, 80)
    expect(spare(one)).toBe(-30)
    expect(tryHold([one], 1)).toBe(false)
  })
})

describe('takeSpare', () => {
  it('gives back what is not held, and counts all that ever was', () => {
    const one = window({ lease: 100, held: 40, returned: 7n })
    takeSpare(one)
    takeSpare(one)
    expect([one.lease, one.held, one.returned]).toEqual([40, 40, 67n])
  })

  it('takes nothing from a deficit', () => {
    const one = window({ lease: 10, held: 40 })
    takeSpare(one)
    expect([one.lease, one.returned]).toEqual([10, 0n])
  })
})

describe('applyCounters', () => {
  it('takes up what was granted since, once', () => {
    const one = window()
    applyCounters(one, 100n, 0n)
    applyCounters(one, 100n, 0n)
    applyCounters(one, 60n, 0n)
    expect(one.lease).toBe(100)
    applyCounters(one, 250n, 0n)
    expect(one.lease).toBe(250)
  })

  it('knows an old answer from a lease that was taken away', () => {
    const one = window({ lease: 100, granted: 100n })
    takeSpare(one)
    applyCounters(one, 100n, 0n)
    expect([one.lease, one.confirmed]).toEqual([0, 0n])
    applyCounters(one, 180n, 100n)
    expect([one.lease, one.confirmed]).toEqual([80, 100n])
    applyCounters(one, 180n, 180n)
    expect([one.lease, one.returned]).toEqual([0, 180n])
  })

  it('is exact far beyond what a number holds', () => {
    const big = 9_000_000_000_000_000_000n
    const one = window({ granted: big, returned: big })
    applyCounters(one, big + 3n, big)
    expect(one.lease).toBe(3)
  })
})

describe('what is known of a window', () => {
  it('is its limit before anything was asked, then what nobody has leased and what is spare', () => {
    const one = window()
    expect(holdable(one)).toBe(1000)
    one.unleased = 300
    one.lease = 50
    one.held = 20
    expect(holdable(one)).toBe(330)
    changeLimit(one, 600)
    expect(holdable(one)).toBe(30)
    changeLimit(one, 900)
    expect(holdable(one)).toBe(230)
  })

  it('counts what others have posted and what this process has settled', () => {
    const one = window({ othersPosted: 100, lease: 50, held: 50 })
    settleHold(one, 50, 30)
    expect(posted(one)).toBe(130)
  })
})

it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%s is no amount', (nanos) => {
  expect(() => checkNanos(nanos)).toThrow(RangeError)
})
it.each([0, 1, 2 ** 53 - 1])('%s is an amount', (nanos) => {
  expect(() => checkNanos(nanos)).not.toThrow()
})
