import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { firstDelay, nextDue } from '@/lib/jobs/schedule'
import { jobState } from '@/lib/jobs/state'

const minute = 60_000
const start = Date.parse('2026-03-01T00:00:00Z')
const middle = () => 0.5

describe('the next run', () => {
  it('keeps the rhythm of what was due, however late the run began', () => {
    const late = { dueAt: start, startedAt: start + 4000, intervalMs: minute }
    expect(nextDue(late, middle)).toBe(start + minute)
  })

  it('catches up a week of missed runs with one', () => {
    const afterHolidays = start + 7 * 24 * 60 * minute
    expect(nextDue({ dueAt: start, startedAt: afterHolidays, intervalMs: minute }, middle)).toBe(
      afterHolidays + minute,
    )
  })

  it.each([
    [0, 0.95],
    [0.999_999, 1.05],
  ])('comes up to a twentieth earlier or later', (random, share) => {
    const next = nextDue({ dueAt: start, startedAt: start, intervalMs: 100 * minute }, () => random)
    expect((next - start) / (100 * minute)).toBeCloseTo(share, 4)
  })
})

test('an hour of looking every five seconds runs each job as often as it should, wherever it begins', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(10, 15, 60, 300),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 20, maxLength: 20 }),
      fc.integer({ min: 0, max: 4999 }),
      (seconds, chances, offset) => {
        const intervalMs = seconds * 1000
        let turn = 0
        const random = () => chances[turn++ % chances.length] ?? 0
        let dueAt = start + firstDelay(intervalMs, random)
        let runs = 0
        let last = 0
        for (let now = start + offset; now < start + 60 * minute; now += 5000) {
          if (dueAt > now) continue
          expect(now).toBeGreaterThan(last)
          last = now
          runs++
          dueAt = nextDue({ dueAt, startedAt: now, intervalMs }, random)
        }
        const expected = 3600 / seconds
        expect(runs).toBeGreaterThanOrEqual(Math.floor(expected * 0.94) - 1)
        expect(runs).toBeLessThanOrEqual(Math.ceil(expected * 1.06) + 1)
      },
    ),
  )
})

test.each([
  ['waits until it is due', { due: 10, claimed: null, error: undefined }, 'waiting'],
  ['is a moment late', { due: -60, claimed: null, error: undefined }, 'waiting'],
  ['is late', { due: -180, claimed: null, error: null }, 'late'],
  ['is late although it failed', { due: -180, claimed: null, error: 'broken' }, 'late'],
  ['runs', { due: -180, claimed: 20, error: null }, 'running'],
  ['has a claim that ran out', { due: -180, claimed: -10, error: null }, 'late'],
  ['failed the last time', { due: 10, claimed: null, error: 'broken' }, 'failing'],
] as const)('a job that %s is %3$s', (_name, { due, claimed, error }, state) => {
  const at = (seconds: number) => new Date(start + seconds * 1000)
  const standing = {
    dueAt: at(due),
    claimedUntil: claimed === null ? null : at(claimed),
    lastEnded: error === undefined ? undefined : { error },
  }
  expect(jobState(standing, start)).toBe(state)
})
