import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromWallClock, startOf, wallClock } from '@/lib/time-zone'

const zones = ['UTC', 'Asia/Shanghai', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe']

it.each([
  ['2026-03-01', 'Asia/Shanghai', '2026-02-28T16:00:00.000Z'],
  ['2026-03-01T08:30', 'Asia/Kathmandu', '2026-03-01T02:45:00.000Z'],
  // The clocks of New York go from 2:00 to 3:00.
  ['2026-03-08T02:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
  ['2026-03-09', 'America/New_York', '2026-03-09T04:00:00.000Z'],
])('%s in %s is %s', (text, zone, moment) => {
  expect(fromWallClock(text, zone)?.toISOString()).toBe(moment)
})

it('knows no moment for what is no time', () => {
  expect(fromWallClock('yesterday', 'UTC')).toBeNull()
  expect(fromWallClock('2026-13-01', 'UTC')).toBeNull()
})

it('finds a moment that the clocks show as asked, unless they skip it', () => {
  const moment = fc.date({ min: new Date('2000-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(moment, fc.constantFrom(...zones), (at, zone) => {
      const shown = wallClock(at, zone)
      const found = fromWallClock(shown, zone)
      expect(found && wallClock(found, zone)).toBe(shown)
    }),
  )
})

it('starts days and months where the zone does', () => {
  const at = new Date('2026-02-28T17:00:00Z')
  expect(startOf('day', at, 'Asia/Shanghai').toISOString()).toBe('2026-02-28T16:00:00.000Z')
  expect(startOf('month', at, 'Asia/Shanghai').toISOString()).toBe('2026-02-28T16:00:00.000Z')
  expect(startOf('month', at, 'UTC').toISOString()).toBe('2026-02-01T00:00:00.000Z')
})
