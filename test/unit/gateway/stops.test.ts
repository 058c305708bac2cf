import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heldBy, pass, stoppedError, type Throttles } from '@/lib/gateway/stops'
import { modelList } from '@/lib/registry/model-list'
import type { Stop } from '@/lib/registry/snapshot'

function stop(values: Partial<Omit<Stop, 'models'>> & { models?: string[] } = {}): Stop {
  const base = {
    id: 's',
    scope: 'global',
    scopeId: '',
    mode: 'block',
    rpm: null,
    reason: 'leak',
    expiresAt: null,
  } as const
  return { ...base, ...values, models: modelList(values.models ?? []) }
}
const subject = { global: '', tenant: 'acme', project: 'web', feature: 'chat', app: 'a1' }
const held = (pressed: Stop, model = 'gpt-4o', now = 1000) =>
  heldBy([pressed], subject, model, now, new Map())

describe('heldBy', () => {
  it.each<[string, Stop, boolean]>([
    ['everything', stop(), true],
    ['its tenant', stop({ scope: 'tenant', scopeId: 'acme' }), true],
    ['another tenant', stop({ scope: 'tenant', scopeId: 'globex' }), false],
    ['its project', stop({ scope: 'project', scopeId: 'web' }), true],
    ['its feature', stop({ scope: 'feature', scopeId: 'chat' }), true],
    ['its app', stop({ scope: 'app', scopeId: 'a1' }), true],
    ['another app', stop({ scope: 'app', scopeId: 'a2' }), false],
    ['a pool, which is looked at later', stop({ scope: 'pool', scopeId: 'p' }), false],
    ['everything, until a moment ago', stop({ expiresAt: 1000 }), false],
    ['everything, a moment longer', stop({ expiresAt: 1001 }), true],
    ['everything but its model', stop({ mode: 'economy', models: ['gpt-4o*'] }), false],
    ['its model too', stop({ mode: 'economy', models: ['gpt-4o-mini'] }), true],
    ['every call there is', stop({ mode: 'throttle', rpm: 0 }), true],
  ])('%s', (_, pressed, expected) => {
    expect(held(pressed) !== null).toBe(expected)
  })

  it('never lets more than rpm calls pass in any minute, and lets rpm of them', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 20 }), (waits, rpm) => {
        const pressed = [stop({ mode: 'throttle', rpm })]
        const throttles: Throttles = new Map()
        const passed: number[] = []
        let now = 1_000_000
        for (const wait of waits) {
          now += wait
          const hold = heldBy(pressed, subject, 'm', now, throttles)
          const inWindow = passed.filter((at) => at > now - 60_000).length
          expect(hold === null).toBe(inWindow < rpm)
          if (hold)
            expect(
              heldBy(pressed, subject, 'm', now + (hold.retryAfterMs ?? 0), new Map(throttles)),
            ).toBeNull()
          else {
            pass(pressed, subject, now, throttles)
            passed.push(now)
          }
        }
      }),
    )
  })
})

describe('stoppedError', () => {
  it.each([
    [stop(), 403, 'stopped', 'All calls are stopped: leak'],
    [stop({ scope: 'app', mode: 'economy', models: ['a', 'b*'] }), 403, 'stopped', 'limited to a, b*'],
  ])('%#', (pressed, status, code, message) => {
    const error = stoppedError({ stop: pressed, retryAfterMs: null })
    expect(error).toMatchObject({ status, code })
    expect(error.message).toContain(message)
  })

  it('says when a throttled call may be tried again', () => {
    const error = stoppedError({
      stop: stop({ scope: 'tenant', mode: 'throttle', rpm: 3 }),
      retryAfterMs: 1200,
    })
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
    expect(error.details.headers).toEqual({ 'retry-after': '2' })
    expect(error.details.extra).toEqual({
      limit: { scope: 'tenant', kind: 'rpm', limit: 3, reset_seconds: 2 },
    })
  })
})
