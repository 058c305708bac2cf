import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMuted, type Life, type Notice, step } from '@/lib/alerts/state'

const start = Date.parse('2026-03-10T12:00:00Z')
const minute = 60_000

type Moment = { at: number; level: number | null; muted?: boolean }

/** What people are told over time, as `minute notice`; `act` changes the alert by hand after a moment. */
function live(
  moments: Moment[],
  renotifyMinutes = 0,
  act: (life: Life, at: number) => Life = (life) => life,
) {
  let life: Life | null = null
  const told: string[] = []
  for (const { at, level, muted = false } of moments) {
    const seen = level === null ? null : { level }
    const { next, notice } = step(life, seen, { now: start + at * minute, muted, renotifyMinutes })
    life = next ? act(next, at) : life
    if (notice) told.push(`${at} ${notice}`)
  }
  return { told, life }
}

const on = (...minutes: number[]): Moment[] => minutes.map((at) => ({ at, level: 1 }))
const off = (...minutes: number[]): Moment[] => minutes.map((at) => ({ at, level: null }))

describe('an alert is told', () => {
  test('once when it begins and once when it ends', () => {
    expect(live([...on(0, 1, 2, 30), ...off(31, 32)]).told).toEqual(['0 firing', '31 resolved'])
  })

  test('when it gets worse, not when it gets better', () => {
    const levels = [0.8, 0.95, 0.8, 0.95, 1, 1]
    expect(live(levels.map((level, at) => ({ at, level }))).told).toEqual([
      '0 firing',
      '1 firing',
      '4 firing',
    ])
  })

  test('again while nobody has acknowledged it', () => {
    expect(live(on(0, 30, 60, 90, 120), 60).told).toEqual(['0 firing', '60 again', '120 again'])
    const acknowledge = (life: Life, at: number): Life =>
      at === 30 ? { ...life, state: 'acknowledged' } : life
    expect(live(on(0, 30, 60, 90, 120), 60, acknowledge).told).toEqual(['0 firing'])
  })

  test('although acknowledged, when it gets worse and when it ends', () => {
    const acknowledge = (life: Life, at: number): Life =>
      at === 1 ? { ...life, state: 'acknowledged' } : life
    const { told } = live([...on(0, 1), { at: 2, level: 2 }, ...off(3)], 0, acknowledge)
    expect(told).toEqual(['0 firing', '2 firing', '3 resolved'])
  })

  test('as flapping at the third change within ten minutes, and as over ten calm minutes later', () => {
    const restless = [...on(0), ...off(1), ...on(2), ...off(3), ...on(4), ...off(5)]
    expect(live(restless).told).toEqual(['0 firing', '1 resolved', '2 flapping'])
    expect(live([...restless, ...off(14)]).told).toHaveLength(3)
    expect(live([...restless, ...off(15)]).told).toEqual([
      '0 firing',
      '1 resolved',
      '2 flapping',
      '15 resolved',
    ])
  })

  test('as a new one when it comes back later', () => {
    expect(live([...on(0), ...off(1), ...on(20), ...off(21)]).told).toEqual([
      '0 firing',
      '1 resolved',
      '20 firing',
      '21 resolved',
    ])
  })

  test('late when it began in a mute, and never when it ended in it', () => {
    const muted = (at: number, level: number | null) => ({ at, level, muted: true })
    expect(live([muted(0, 1), muted(1, 1), ...on(2, 3)]).told).toEqual(['2 firing'])
    expect(live([muted(0, 1), muted(1, null), ...off(2)]).told).toEqual([])
  })

  test('not while it is closed by hand, unless it gets worse', () => {
    const close = (life: Life, at: number): Life =>
      at === 1
        ? {
            ...life,
            state: 'resolved',
            resolvedAt: start + at * minute,
            tracking: { ...life.tracking, silenced: true },
          }
        : life
    expect(live(on(0, 1, 2, 30), 0, close).told).toEqual(['0 firing'])
    expect(live([...on(0, 1, 2), { at: 30, level: 2 }], 0, close).told).toEqual(['0 firing', '30 firing'])
    expect(live([...on(0, 1, 2), ...off(20), ...on(30)], 0, close).told).toEqual(['0 firing', '30 firing'])
  })
})

test('whatever happens, nobody hears of an end without a beginning, nor more than four times in ten minutes', () => {
  const moments = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 400 }), up: fc.boolean() }), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(moments, (list) => {
      let at = start
      let life: Life | null = null
      const told: { at: number; notice: Notice }[] = []
      for (const { gap, up } of list) {
        at += gap * 1000
        const { next, notice } = step(life, up ? { level: 1 } : null, {
          now: at,
          muted: false,
          renotifyMinutes: 0,
        })
        life = next ?? life
        if (notice) told.push({ at, notice })
        if (up) expect(life?.state).toBe('firing')
      }
      told.forEach(({ at: then, notice }, index) => {
        const before = told[index - 1]?.notice ?? 'resolved'
        expect(notice === 'resolved').toBe(before !== 'resolved')
        expect(
          told.filter((one) => one.at <= then && then - one.at < 10 * minute).length,
        ).toBeLessThanOrEqual(4)
      })
    }),
    { numRuns: 1000 },
  )
})

describe('mutes', () => {
  const night = { days: [1, 2, 3, 4, 5], from: '22:00', to: '07:30' }
  // 2026-03-13 is a Friday.
  test.each([
    ['2026-03-13T13:59:00Z', false],
    ['2026-03-13T14:00:00Z', true],
    ['2026-03-13T23:29:00Z', true],
    ['2026-03-13T23:30:00Z', false],
    ['2026-03-14T14:30:00Z', false],
    ['2026-03-15T23:00:00Z', false],
    ['2026-03-16T23:00:00Z', true],
  ])('of Shanghai’s weekday nights at %s: %s', (time, muted) => {
    expect(isMuted({ mutes: [night], mutedUntil: null }, Date.parse(time), 'Asia/Shanghai')).toBe(muted)
  })

  test('until a moment', () => {
    expect(isMuted({ mutes: [], mutedUntil: start + 1 }, start, 'UTC')).toBe(true)
    expect(isMuted({ mutes: [], mutedUntil: start }, start, 'UTC')).toBe(false)
  })
})
