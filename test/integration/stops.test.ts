import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startSystem } from '../support/system'
import { startUpstream, type Upstream } from '../support/upstream'

const adminToken = 'stops-admin-token-0123456789'
let upstream: Upstream
let system: Running
let rawKey: string
let ids: { app: string; pool: string; provider: string; key: string }

beforeAll(async () => {
  upstream = await startUpstream()
  system = await startSystem({
    AKCP_ADMIN_TOKEN: adminToken,
    AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin,
    LOG_LEVEL: 'warn',
  })
  const provider = await admin('POST', '/providers', {
    preset: 'custom',
    slug: 'mock',
    base_url: upstream.baseUrl,
    model_patterns: ['*'],
  })
  const key = await admin('POST', '/keys', { provider: 'mock', name: 'one', secret: 'sk-stops-0123456789' })
  const app = await admin('POST', '/apps', { name: 'web', tenant: 'acme' })
  rawKey = (await admin('POST', `/apps/${app.id}/keys`, { name: 'sdk' })).raw_key
  const { data } = await admin('GET', '/pools')
  ids = { app: app.id, pool: data[0].id, provider: provider.id, key: key.id }
})

afterAll(async () => {
  await system?.stop()
  await system?.clean()
  await upstream?.stop()
})

async function admin(method: string, path: string, body?: unknown) {
  const response = await fetch(`${system.address}/api/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  return text ? JSON.parse(text) : null
}

async function call(model = 'gpt-4o') {
  const response = await fetch(`${system.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] }),
  })
  const { error } = await response.json()
  const downgradedFrom = response.headers.get('x-akcp-downgraded-from')
  return { status: response.status, code: error?.code, message: error?.message, downgradedFrom }
}

describe('a pressed stop', () => {
  it.each([
    ['global', () => undefined],
    ['tenant', () => 'acme'],
    ['project', () => 'default'],
    ['feature', () => 'default'],
    ['app', () => ids.app],
    ['app', () => 'web'],
    ['pool', () => ids.pool],
    ['pool', () => 'mock'],
    ['provider', () => 'mock'],
    ['key', () => ids.key],
  ])('of %s holds from its answer on and ends when it is lifted', async (scope, id) => {
    expect((await call()).status).toBe(200)
    const pressed = await admin('POST', '/stops', { scope, id: id(), mode: 'block', reason: 'a leaked key' })
    expect(await call()).toMatchObject({
      status: 403,
      code: 'stopped',
      message: expect.stringContaining('a leaked key'),
    })
    expect((await admin('GET', '/stops')).data).toEqual([pressed])
    await admin('DELETE', `/stops/${pressed.id}`)
    expect((await call()).status).toBe(200)
    expect((await admin('GET', '/stops')).data).toEqual([])
  })

  it.each(['global', 'pool'])('of %s in economy lets the named models through', async (scope) => {
    const id = scope === 'global' ? undefined : 'mock'
    const pressed = await admin('POST', '/stops', {
      scope,
      id,
      mode: 'economy',
      models: ['gpt-4o-mini'],
      reason: 'spend',
    })
    expect(await call()).toMatchObject({
      status: 403,
      code: 'stopped',
      message: expect.stringContaining('gpt-4o-mini'),
    })
    expect((await call('gpt-4o-mini')).status).toBe(200)
    await admin('DELETE', `/stops/${pressed.id}`)
  })

  it.each(['global', 'key'])('of %s throttles to its calls a minute', async (scope) => {
    const id = scope === 'global' ? undefined : ids.key
    const pressed = await admin('POST', '/stops', { scope, id, mode: 'throttle', rpm: 2, reason: 'storm' })
    expect([(await call()).status, (await call()).status]).toEqual([200, 200])
    expect(await call()).toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
    await admin('DELETE', `/stops/${pressed.id}`)
  })

  it.each([
    ['tenant', () => 'acme'],
    ['pool', () => ids.pool],
    ['provider', () => 'mock'],
  ])('of a %s sends its calls to the cheaper model', async (scope, id) => {
    const route = {
      name: `dear-${scope}`,
      targets: [{ pool: 'mock', model: 'gpt-4o' }],
      downgrade_to: 'mock/gpt-4o-mini',
    }
    await admin('POST', '/models', route)
    const pressed = await admin('POST', '/stops', { scope, id: id(), mode: 'downgrade', reason: 'spend' })
    expect(await call(route.name)).toMatchObject({ status: 200, downgradedFrom: route.name })
    await admin('DELETE', `/stops/${pressed.id}`)
    expect(await call(route.name)).toMatchObject({ status: 200, downgradedFrom: null })
  })

  it('runs out by itself', async () => {
    const expires_at = new Date(Date.now() + 1000).toISOString()
    await admin('POST', '/stops', { scope: 'global', mode: 'block', reason: 'brief', expires_at })
    expect((await call()).status).toBe(403)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect((await call()).status).toBe(200)
  })

  it.each([
    [{ scope: 'app', mode: 'block', reason: 'x' }, 'id'],
    [{ scope: 'global', id: 'x', mode: 'block', reason: 'x' }, 'id'],
    [{ scope: 'key', id: 'nobody', mode: 'block', reason: 'x' }, 'id'],
    [{ scope: 'global', mode: 'throttle', reason: 'x' }, 'rpm'],
    [{ scope: 'global', mode: 'economy', reason: 'x' }, 'models'],
    [{ scope: 'key', id: 'x', mode: 'downgrade', reason: 'x' }, 'mode'],
    [{ scope: 'global', mode: 'block', reason: ' ' }, 'reason'],
    [{ scope: 'global', mode: 'block', reason: 'x', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [{ scope: 'global', mode: 'block', reason: 'x', extra: 1 }, ''],
  ])('is refused as %j', async (body, param) => {
    const { error } = await admin('POST', '/stops', body)
    expect(error).toMatchObject({ code: 'invalid_request', ...(param && { param }) })
  })
})
