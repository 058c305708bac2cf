import { describe, expect, it } from 'vitest'
import { heldBy, stoppedError, throttledError, throttling } from '@/lib/gateway/stops'
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
const held = (pressed: Stop, model = 'gpt-4o', now = 1000) => heldBy([pressed], subject, model, now)

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
    ['only so many calls', stop({ mode: 'throttle', rpm: 0 }), false],
  ])('%s', (_, pressed, expected) => {
    expect(held(pressed) !== null).toBe(expected)
  })

  it('leaves throttling stops to the limits, as long as they hold', () => {
    const [now, later, elsewhere] = [
      stop({ mode: 'throttle', rpm: 3, expiresAt: 1001 }),
      stop({ mode: 'throttle', rpm: 3, expiresAt: 1000 }),
      stop({ mode: 'throttle', rpm: 3, scope: 'app', scopeId: 'a2' }),
    ]
    expect(throttling([now, later, elsewhere, stop()], subject, 1000)).toEqual([now])
  })
})

describe('stoppedError', () => {
  it.each([
    [stop(), 403, 'stopped', 'All calls are stopped: leak'],
    [stop({ scope: 'app', mode: 'economy', models: ['a', 'b*'] }), 403, 'stopped', 'limited to a, b*'],
  ])('%#', (pressed, status, code, message) => {
    const error = stoppedError(pressed)
    expect(error).toMatchObject({ status, code })
    expect(error.message).toContain(message)
  })

  it('says when a throttled call may be tried again', () => {
    const error = throttledError(stop({ scope: 'tenant', mode: 'throttle', rpm: 3 }), 1200)
    expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
    expect(error.details.headers).toEqual({ 'retry-after': '2' })
    expect(error.details.extra).toEqual({
      limit: { scope: 'tenant', kind: 'rpm', limit: 3, reset_seconds: 2 },
    })
  })
})
