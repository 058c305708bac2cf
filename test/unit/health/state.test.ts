import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  afterFailure,
  afterSuccess,
  beginTrial,
  endTrial,
  type Health,
  healthy,
  mayServe,
  share,
} from '@/lib/health/state'
import type { AttemptClass } from '@/lib/providers/classify'

const t0 = 1_000_000
const fail = (health: Health, failure: AttemptClass, now: number, retryAfterMs: number | null = null) =>
  afterFailure(health, { class: failure, retryAfterMs, startedAt: now, now, random: () => 0.5 })
const failTimes = (failure: AttemptClass, times: number, now = t0) =>
  Array.from({ length: times }).reduce<Health>((health) => fail(health, failure, now), healthy(t0))

describe('a failure', () => {
  it.each<[AttemptClass, number, Health['state'], number | null]>([
    ['request', 50, 'up', null],
    ['auth', 1, 'down', 60_000],
    ['quota', 1, 'cooling', 300_000],
    ['rate', 1, 'cooling', 1_000],
    ['model', 1, 'cooling', 600_000],
    ['provider', 2, 'up', null],
    ['provider', 3, 'cooling', 2_000],
    ['network', 3, 'cooling', 2_000],
    ['timeout', 3, 'cooling', 2_000],
  ])('of class %s, %i times, leaves the key %s', (failure, times, state, waitMs) => {
    const health = failTimes(failure, times)
    expect(health.state).toBe(state)
    expect(health.nextTryAt).toBe(waitMs === null ? null : t0 + waitMs)
  })

  it('of a request leaves no trace at all', () => {
    expect(failTimes('request', 50)).toEqual(healthy(t0))
  })

  it('is cooled for as long as the provider says', () => {
    expect(fail(healthy(t0), 'rate', t0, 17_000).nextTryAt).toBe(t0 + 17_000)
  })

  it('of the breaker kind counts only in a row and within a minute', () => {
    const interrupted = afterSuccess(failTimes('provider', 2), t0, t0)
    expect(fail(fail(interrupted, 'provider', t0), 'provider', t0).state).toBe('up')
    expect(fail(failTimes('provider', 2), 'provider', t0 + 60_001).state).toBe('up')
  })

  it('doubles the cooldown each time, up to a limit, and starts again after a healthy minute', () => {
    let health = failTimes('provider', 3)
    const waits = [2_000]
    for (let round = 0; round < 8; round++) {
      const now = health.nextTryAt ?? 0
      health = fail(beginTrial(health, now), 'provider', now)
      waits.push((health.nextTryAt ?? 0) - now)
    }
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000])
    const back = afterSuccess(health, t0 + 1_000_000, t0 + 1_000_000)
    const again = ['provider', 'provider', 'provider'].reduce(
      (h) => fail(h, 'provider', t0 + 1_000_000 + 61_000),
      back,
    )
    expect(again.nextTryAt).toBe(t0 + 1_000_000 + 61_000 + 2_000)
  })
})

describe('calls that were in flight when a key went out', () => {
  it('neither lengthen its cooldown nor bring it back', () => {
    const out = fail(healthy(t0), 'rate', t0)
    const late = Array.from({ length: 50 }).reduce<Health>(
      (health) =>
        afterFailure(health, {
          class: 'rate',
          retryAfterMs: null,
          startedAt: t0 - 5,
          now: t0 + 100,
          random: () => 0.5,
        }),
      out,
    )
    expect(late.level).toBe(out.level)
    expect(late.nextTryAt).toBe(out.nextTryAt)
    expect(afterSuccess(out, t0 + 100, t0 - 5)).toEqual(out)
  })

  it('can still tell that its secret is refused, and how long to wait', () => {
    const out = fail(healthy(t0), 'rate', t0)
    const late = { startedAt: t0 - 5, now: t0 + 100, random: () => 0.5 }
    expect(afterFailure(out, { ...late, class: 'rate', retryAfterMs: 20_000 }).nextTryAt).toBe(t0 + 20_100)
    expect(afterFailure(out, { ...late, class: 'auth', retryAfterMs: null }).state).toBe('down')
  })
})

describe('a key that is out', () => {
  it('gets one call when its time has come, and no second one until that has ended', () => {
    const out = fail(healthy(t0), 'quota', t0)
    expect(mayServe(out, t0 + 299_999)).toBe('no')
    expect(mayServe(out, t0 + 300_000)).toBe('trial')
    const trying = beginTrial(out, t0 + 300_000)
    expect(mayServe(trying, t0 + 300_001)).toBe('no')
    expect(mayServe(endTrial(trying), t0 + 300_001)).toBe('trial')
    expect(mayServe(afterSuccess(trying, t0 + 300_001, t0 + 300_000), t0 + 300_001)).toBe('yes')
    expect(mayServe(fail(trying, 'quota', t0 + 300_001), t0 + 300_002)).toBe('no')
  })

  it('for a refused secret gets no real call, however long it waits', () => {
    expect(mayServe(fail(healthy(t0), 'auth', t0), t0 + 1e12)).toBe('no')
  })

  it('is not blocked for good by a trial that was never heard of again', () => {
    const lost = beginTrial(fail(healthy(t0), 'quota', t0), t0 + 300_000)
    expect(mayServe(lost, t0 + 300_000 + 600_000)).toBe('trial')
  })

  it('comes back step by step', () => {
    const back = afterSuccess(fail(healthy(t0), 'quota', t0), t0 + 1, t0 + 1)
    expect([0, 10_000, 30_000, 90_000].map((ms) => Math.round(share(back, t0 + 1 + ms) * 100))).toEqual([
      10, 40, 100, 100,
    ])
    expect(share(healthy(t0), t0)).toBe(1)
  })
})

type Step = { wait: number; event: AttemptClass | 'success' | 'left'; retryAfterMs: number | null }

describe('whatever happens', () => {
  const step: fc.Arbitrary<Step> = fc.record({
    wait: fc.integer({ min: 0, max: 120_000 }),
    event: fc.constantFrom<Step['event']>(
      'request',
      'auth',
      'quota',
      'rate',
      'model',
      'provider',
      'network',
      'timeout',
      'success',
      'left',
    ),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 3_600_000 })),
  })

  it('the state stays sound, and a key that is not refused comes back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let now = t0
        let health = healthy(now)
        for (const { wait, event, retryAfterMs } of steps) {
          now += wait
          if (mayServe(health, now) === 'trial') health = beginTrial(health, now)
          const before = health
          if (event === 'success') health = afterSuccess(health, now, now)
          else if (event === 'left') health = endTrial(health)
          else
            health = afterFailure(health, {
              class: event,
              retryAfterMs,
              startedAt: now,
              now,
              random: Math.random,
            })
          expect(health.score).toBeGreaterThanOrEqual(0)
          expect(health.score).toBeLessThanOrEqual(100)
          expect(health.nextTryAt === null).toBe(health.state === 'up')
          expect(health.state === 'down').toBe(health.state !== 'up' && health.reason === 'auth')
          if (event === 'request') expect(health.state).toBe(before.state)
          if (event === 'success' && now > before.since) expect(health.state).toBe('up')
          if (health.state === 'cooling') expect(mayServe(health, health.nextTryAt ?? 0)).not.toBe('yes')
        }
        if (health.state === 'cooling') {
          const later = Math.max(health.nextTryAt ?? 0, now) + 600_000
          expect(mayServe(health, later)).toBe('trial')
          expect(afterSuccess(beginTrial(health, later), later, later).state).toBe('up')
        }
      }),
      { numRuns: 10_000 },
    )
  }, 60_000)
})
