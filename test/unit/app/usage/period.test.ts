import { expect, it } from 'vitest'
import { type Period, parsePeriod, stepOf } from '@/app/(portal)/usage/period'

const now = new Date('2026-03-10T02:30:00Z')
const zone = 'Asia/Shanghai'
const shown = ({ preset, range }: Period) => [preset, range.from.toISOString(), range.to.toISOString()]

it.each([
  [{}, ['24h', '2026-03-09T02:30:00.000Z', '2026-03-10T02:30:00.000Z']],
  [{ range: '7d' }, ['7d', '2026-03-03T02:30:00.000Z', '2026-03-10T02:30:00.000Z']],
  [{ range: 'month' }, ['month', '2026-02-28T16:00:00.000Z', '2026-03-10T02:30:00.000Z']],
  [{ from: '2026-03-01', to: '2026-03-02' }, [null, '2026-02-28T16:00:00.000Z', '2026-03-01T16:00:00.000Z']],
  [
    { from: '2026-03-01T08:00', to: '2026-03-01T09:30' },
    [null, '2026-03-01T00:00:00.000Z', '2026-03-01T01:30:00.000Z'],
  ],
  [
    { from: '2026-03-01T00:00:00Z', to: '2026-03-01T08:00:00+08:00', range: '7d' },
    ['7d', '2026-03-03T02:30:00.000Z', '2026-03-10T02:30:00.000Z'],
  ],
  [{ from: '2026-03-09T02:00:00Z' }, [null, '2026-03-09T02:00:00.000Z', '2026-03-10T02:30:00.000Z']],
  [{ from: '2020-01-01', to: '2026-03-01' }, [null, '2025-01-24T16:00:00.000Z', '2026-02-28T16:00:00.000Z']],
  [{ range: 'year' }, ['24h', '2026-03-09T02:30:00.000Z', '2026-03-10T02:30:00.000Z']],
  [{ range: ['7d', '1h'] }, ['7d', '2026-03-03T02:30:00.000Z', '2026-03-10T02:30:00.000Z']],
  [{ from: 'x', to: ['y'] }, ['24h', '2026-03-09T02:30:00.000Z', '2026-03-10T02:30:00.000Z']],
])('reads %j', (search, expected) => {
  expect(shown(parsePeriod(search, now, zone))).toEqual(expected)
})

it.each([
  ['2026-03-01T00:00:00Z', '2026-03-01T02:00:00Z', 'minute'],
  ['2026-03-01T00:30:00Z', '2026-03-02T00:30:00Z', 'hour'],
  ['2026-03-01T00:00:00Z', '2026-03-08T00:00:00Z', 'day'],
])('%s to %s is shown by %s', (from, to, step) => {
  expect(stepOf({ from: new Date(from), to: new Date(to) })).toBe(step)
})
