import { describe, expect, test } from 'vitest'
import { fillGaps, stepTimes, timeFormat } from '@/components/charts/prepare'

const range = (from: string, to: string) => ({ from: new Date(from), to: new Date(to) })

describe('steps of a range', () => {
  test.each([
    ['UTC', '2026-03-01T10:20:00Z', '2026-03-01T12:00:00Z', ['2026-03-01T10:00:00Z', '2026-03-01T11:00:00Z']],
    // Hours of India begin at the half hour of UTC.
    [
      'Asia/Kolkata',
      '2026-03-01T10:20:00Z',
      '2026-03-01T11:31:00Z',
      ['2026-03-01T09:30:00Z', '2026-03-01T10:30:00Z', '2026-03-01T11:30:00Z'],
    ],
  ])('hours in %s begin where its clocks say so', (zone, from, to, expected) => {
    expect(stepTimes(range(from, to), 'hour', zone)).toEqual(expected)
  })

  test('minutes are counted from the one the range begins in, without its end', () => {
    expect(stepTimes(range('2026-03-01T10:20:30Z', '2026-03-01T10:22:00Z'), 'minute', 'UTC')).toEqual([
      '2026-03-01T10:20:00Z',
      '2026-03-01T10:21:00Z',
    ])
  })

  test('days are those of the zone, also where a day has 23 hours', () => {
    const days = stepTimes(range('2026-03-27T23:30:00Z', '2026-03-30T00:00:00Z'), 'day', 'Europe/Berlin')
    expect(days).toEqual(['2026-03-28', '2026-03-29', '2026-03-30'])
    expect(stepTimes(range('2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'), 'day', 'UTC')).toEqual([
      '2026-03-01',
    ])
  })
})

test('what is missing is 0 where nothing happened and a gap where nothing is known', () => {
  const points = [{ time: 'b', values: { calls: 3, ms: 20 } }]
  expect(fillGaps(points, ['a', 'b'], { calls: 0, ms: null })).toEqual([
    { time: 'a', values: { calls: 0, ms: null } },
    { time: 'b', values: { calls: 3, ms: 20 } },
  ])
})

test('instants are written in the zone, days as they are', () => {
  expect(timeFormat('hour', 'Asia/Shanghai', 'en').tick('2026-03-01T16:00:00Z')).toBe('00:00')
  expect(timeFormat('day', 'America/New_York', 'en').tick('2026-03-01')).toBe('3/1')
  expect(timeFormat('day', 'Asia/Shanghai', 'zh-CN').full('2026-03-01')).toContain('2026年3月1日')
})
