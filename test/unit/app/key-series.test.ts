import { describe, expect, it } from 'vitest'
import { averageId, seriesPoints, seriesQuestion, togetherId } from '@/app/(portal)/keys/key-series'

const now = new Date('2026-03-01T10:20:30Z')
const point = (key_id: string, at: string, requests: number, latency_sum_ms: number) => ({
  key_id,
  at,
  requests,
  latency_sum_ms,
})

describe('the chart of some keys', () => {
  it('shows the last hour in sixty minutes, the one that goes on included', () => {
    const question = seriesQuestion('1h', now, 'UTC')
    const points = seriesPoints([], ['a'], question)
    expect(points).toHaveLength(60)
    expect(points[0]?.time).toBe('2026-03-01T09:21:00.000Z')
    expect(points.at(-1)?.time).toBe('2026-03-01T10:20:00.000Z')
  })

  it('adds the keys up, weighs the average by calls, and leaves a gap where nothing was called', () => {
    const question = seriesQuestion('1h', now, 'UTC')
    const at = '2026-03-01T10:00:00.000Z'
    const points = seriesPoints([point('a', at, 3, 300), point('b', at, 1, 900)], ['a', 'b'], question)
    const values = (time: string) => points.find((each) => each.time === time)?.values
    expect(values(at)).toEqual({ a: 3, b: 1, [togetherId]: 4, [averageId]: 300 })
    expect(values('2026-03-01T10:01:00.000Z')).toEqual({ a: 0, b: 0, [togetherId]: 0, [averageId]: null })
  })

  it('counts requests a minute in wider bars, of the last one only the minutes that have passed', () => {
    const question = seriesQuestion('24h', now, 'UTC')
    const whole = '2026-03-01T09:30:00.000Z'
    const begun = '2026-03-01T10:00:00.000Z'
    const points = seriesPoints([point('a', whole, 60, 60), point('a', begun, 41, 41)], ['a'], question)
    expect(points).toHaveLength(48)
    const perMinute = (time: string) => points.find((each) => each.time === time)?.values.a
    expect(perMinute(whole)).toBe(2)
    expect(perMinute(begun)).toBeCloseTo(2)
  })

  it('has the days of the time zone for longer ranges, as long as they are', () => {
    const zone = 'Europe/Berlin'
    // The clocks go forward on 2026-03-29: that day has 23 hours.
    const question = seriesQuestion('7d', new Date('2026-03-31T12:00:00Z'), zone)
    expect(question.range.from.toISOString()).toBe('2026-03-24T23:00:00.000Z')
    const points = seriesPoints([point('a', '2026-03-29', 23 * 60, 0)], ['a'], question)
    expect(points.map(({ time }) => time)).toEqual(
      ['25', '26', '27', '28', '29', '30', '31'].map((day) => `2026-03-${day}`),
    )
    expect(points[4]?.values.a).toBe(1)
  })
})
