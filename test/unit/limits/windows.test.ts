import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { windowAt } from '@/lib/limits/windows'

const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z')
const hour = 3_600_000

describe('a day', () => {
  it.each([
    ['UTC', '2026-11-21T12:00:00Z', '2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z', 24],
    ['Asia/Shanghai', '2026-11-21T15:59:59.999Z', '2026-11-20T16:00:00Z', '2026-11-21T16:00:00Z', 24],
    ['Asia/Shanghai', '2026-11-21T16:00:00Z', '2026-11-21T16:00:00Z', '2026-11-22T16:00:00Z', 24],
    ['Asia/Kathmandu', '2026-11-21T18:14:59.999Z', '2026-11-20T18:15:00Z', '2026-11-21T18:15:00Z', 24],
    ['Asia/Kathmandu', '2026-11-21T18:15:00Z', '2026-11-21T18:15:00Z', '2026-11-22T18:15:00Z', 24],
    ['America/New_York', '2026-03-08T12:00:00Z', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z', 23],
    ['America/New_York', '2026-03-09T03:59:59Z', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z', 23],
    ['America/New_York', '2026-11-01T05:30:00Z', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', 25],
    ['America/New_York', '2026-11-02T04:59:59Z', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', 25],
    // Midnight does not exist here, and there it comes twice.
    ['America/Santiago', '2026-09-06T12:00:00Z', '2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z', 23],
    ['America/Havana', '2026-11-01T12:00:00Z', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z', 25],
  ])('of %s at %s', (zone, at, start, end, hours) => {
    const window = windowAt('day', Date.parse(at), zone)
    expect([iso(window.start), iso(window.end)]).toEqual([start, end])
    expect((window.end - window.start) / hour).toBe(hours)
  })
})

describe('a month', () => {
  it.each([
    ['UTC', '2026-12-31T23:59:59.999Z', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['UTC', '2028-02-29T12:00:00Z', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
    ['Asia/Shanghai', '2026-10-31T16:00:00Z', '2026-10-31T16:00:00Z', '2026-11-30T16:00:00Z'],
    ['Asia/Kathmandu', '2026-11-30T18:14:59Z', '2026-10-31T18:15:00Z', '2026-11-30T18:15:00Z'],
    ['America/New_York', '2026-11-15T00:00:00Z', '2026-11-01T04:00:00Z', '2026-12-01T05:00:00Z'],
    ['America/New_York', '2026-03-31T12:00:00Z', '2026-03-01T05:00:00Z', '2026-04-01T04:00:00Z'],
  ])('of %s at %s', (zone, at, start, end) => {
    const window = windowAt('month', Date.parse(at), zone)
    expect([iso(window.start), iso(window.end)]).toEqual([start, end])
  })
})

it('windows hold their instant and follow one another without a gap', () => {
  const zones = Intl.supportedValuesOf('timeZone')
  const from = Date.parse('2024-01-01T00:00:00Z')
  const to = Date.parse('2034-01-01T00:00:00Z')
  fc.assert(
    fc.property(
      fc.constantFrom<('day' | 'month')[]>('day', 'month'),
      fc.integer({ min: from, max: to }),
      fc.constantFrom('UTC', ...zones),
      (period, at, zone) => {
        // From the other side of the calendar, so that nothing is remembered.
        windowAt(period, 0, zone)
        const window = windowAt(period, at, zone)
        expect(window.start).toBeLessThanOrEqual(at)
        expect(window.end).toBeGreaterThan(at)
        expect(windowAt(period, window.end, zone).start).toBe(window.end)
        expect(windowAt(period, window.start, zone)).toEqual(window)
        expect(windowAt(period, window.start - 1, zone).end).toBe(window.start)
        expect(windowAt(period, window.end - 1, zone)).toEqual(window)
      },
    ),
    { numRuns: 500 },
  )
})
