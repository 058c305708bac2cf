import { describe, expect, it } from 'vitest'
import { keyAt, parseKeyView, shownRange } from '@/app/(portal)/keys/[id]/key-moment'
import { momentQuestion, seriesPoints } from '@/app/(portal)/keys/key-series'

const now = new Date('2026-03-01T10:20:30Z')

describe('what the address of a key asks for', () => {
  it.each([
    [{}, '24h', null],
    [{ chart: '7d' }, '7d', null],
    [{ chart: 'year' }, '24h', null],
    [{ at: '2026-03-01T09:00:00.123456Z' }, '24h', '2026-03-01T09:00:00.123Z'],
    [{ at: '2026-03-01T18:00:00+09:00' }, '24h', '2026-03-01T09:00:00.000Z'],
    [{ at: ['2026-03-01T09:00:00Z', 'x'] }, '24h', '2026-03-01T09:00:00.000Z'],
    [{ at: '2026-03-01' }, '24h', null],
    [{ at: '2026-03-01T10:20:31Z' }, '24h', null],
  ])('%j', (params, range, at) => {
    const view = parseKeyView(params, now)
    expect(view.range).toBe(range)
    expect(view.at?.toISOString() ?? null).toBe(at)
  })

  it('shows half an hour before and after a moment, as far as it has come', () => {
    const around = (at: string) => shownRange(parseKeyView({ at }, now), now)
    expect(around('2026-03-01T09:00:00Z')).toEqual({
      from: new Date('2026-03-01T08:30:00Z'),
      to: new Date('2026-03-01T09:30:00Z'),
    })
    expect(around('2026-03-01T10:10:00Z').to).toEqual(now)
    expect(shownRange(parseKeyView({ chart: '7d' }, now), now).from).toEqual(new Date('2026-02-22T10:20:30Z'))
  })

  it('marks the minute of the moment in the chart', () => {
    const at = new Date('2026-03-01T09:00:59.999Z')
    const question = momentQuestion(at, shownRange({ range: '24h', at }, now), 'UTC')
    const times = seriesPoints([], ['a'], question).map(({ time }) => time)
    expect(times).toHaveLength(61)
    expect(times.indexOf(question.marked)).toBe(30)
  })

  it('is what a link to a moment says', () => {
    const href = keyAt('0190', '2026-03-01T09:00:00.000001Z')
    const params = Object.fromEntries(new URL(href, 'http://x').searchParams)
    expect(parseKeyView(params, now).at?.toISOString()).toBe('2026-03-01T09:00:00.000Z')
  })
})
