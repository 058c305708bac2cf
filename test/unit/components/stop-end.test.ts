import { expect, test } from 'vitest'
import { stopEnd } from '@/components/shell/stop-end'

const now = new Date('2026-03-28T20:10:00Z')

test.each([
  ['halfHour', 'UTC', '2026-03-28T20:40:00.000Z'],
  ['twoHours', 'UTC', '2026-03-28T22:10:00.000Z'],
  ['today', 'UTC', '2026-03-29T00:00:00.000Z'],
  // In Shanghai it is already the 29th, in Berlin the clocks change in the coming night.
  ['today', 'Asia/Shanghai', '2026-03-29T16:00:00.000Z'],
  ['today', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
  ['today', 'America/New_York', '2026-03-29T04:00:00.000Z'],
] as const)('a stop for %s ends in %s at %s', (end, zone, expected) => {
  expect(stopEnd(end, now, zone)?.toISOString()).toBe(expected)
})

test('a stop without an end has none', () => {
  expect(stopEnd('never', now, 'UTC')).toBeNull()
})
