import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nextProbe, nextProbeAfterFailure, whetherToProbe } from '@/lib/health/probe-schedule'

const now = Date.parse('2026-03-01T12:00:00Z')
const intervalMs = 300_000
const up = { state: 'up', nextTryAt: null } as const
const idle = { enabled: true, intervalMs, nextProbeAt: now - 1, servedAt: null, outlook: up }

describe('a key', () => {
  test.each([
    ['nobody has probed yet', { nextProbeAt: null }, 'probe'],
    ['whose turn it is', {}, 'probe'],
    ['whose turn is later', { nextProbeAt: now + 1 }, 'wait'],
    ['that is not to be probed', { enabled: false }, 'wait'],
    ['that served a call within the interval', { servedAt: now - intervalMs + 1 }, 'seen'],
    ['that served its last call before it', { servedAt: now - intervalMs }, 'probe'],
    ['that is out for a while', { outlook: { state: 'cooling', nextTryAt: now + 1 } }, 'wait'],
    [
      'that may be tried again, although it served calls before it went out',
      { outlook: { state: 'cooling', nextTryAt: now }, servedAt: now - 5000 },
      'probe',
    ],
    [
      'whose secret was refused, in its time and before its turn',
      { outlook: { state: 'down', nextTryAt: now }, nextProbeAt: now + intervalMs },
      'probe',
    ],
    ['whose secret was refused just now', { outlook: { state: 'down', nextTryAt: now + 1 } }, 'wait'],
    [
      'whose secret was refused, but that is not to be probed',
      { outlook: { state: 'down', nextTryAt: now }, enabled: false },
      'wait',
    ],
  ] as const)('%s: %3$s', (_name, question, answer) => {
    expect(whetherToProbe({ ...idle, ...question }, now)).toBe(answer)
  })
})

test('turns stay within a tenth of the interval', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (chance) => {
      const wait = nextProbe(intervalMs, now, () => chance) - now
      expect(wait).toBeGreaterThanOrEqual(intervalMs * 0.9)
      expect(wait).toBeLessThanOrEqual(intervalMs * 1.1)
    }),
  )
})

test('a key that begins to fail is asked three times within a minute; one that is out, when its time has come', () => {
  expect(2 * (nextProbeAfterFailure(up, now) - now)).toBeLessThan(60_000)
  expect(nextProbeAfterFailure({ state: 'down', nextTryAt: now + 900_000 }, now)).toBe(now + 900_000)
  expect(nextProbeAfterFailure({ state: 'cooling', nextTryAt: now + 2000 }, now)).toBe(now + 10_000)
})
