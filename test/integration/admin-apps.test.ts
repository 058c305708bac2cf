import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appKeyMatches, publicIdOf } from '@/lib/secrets/app-key'
import { startAdmin, type TestAdmin } from '../support/admin'
import { pepper } from '../support/gateway'

let admin: TestAdmin
beforeAll(async () => {
  admin = await startAdmin()
  await admin.addVaultKey()
  await admin.create('/providers', { slug: 'mock', base_url: 'http://127.0.0.1:9999/v1' })
})
afterAll(() => admin?.stop())

let counter = 0
const unique = (prefix: string) => `${prefix}-${++counter}`
describe('apps', () => {
  it('are bound to their own tenant and project unless told otherwise', async () => {
    const app = await admin.create('/apps', { name: unique('app'), tenant: 'acme' })
    expect(app).toMatchObject({
      tenant: 'acme',
      tenant_scope: ['acme'],
      project: 'default',
      project_scope: ['default'],
      feature_scope: ['*'],
    })
    const moved = await admin.call('PATCH', `/apps/${app.id}`, { tenant: 'bolt', feature_scope: ['search'] })
    expect(moved.json).toMatchObject({ tenant: 'bolt', tenant_scope: ['bolt'], feature_scope: ['search'] })
    const wide = await admin.call('PATCH', `/apps/${app.id}`, { tenant_scope: ['bolt', 'acme'] })
    expect(wide.json.tenant_scope).toEqual(['bolt', 'acme'])
    expect((await admin.call('PATCH', `/apps/${app.id}`, { tenant: 'core' })).json.tenant_scope).toEqual([
      'bolt',
      'acme',
    ])
    expect(await admin.refusal('PATCH', `/apps/${app.id}`, { tenant: 'two words' })).toMatchObject({
      status: 400,
      param: 'tenant',
    })
    expect(await admin.refusal('POST', '/apps', { name: app.name })).toMatchObject({
      status: 409,
      param: 'name',
    })
  })

  it('issue keys that are shown once and that the gateway can check', async () => {
    const app = await admin.create('/apps', { name: unique('app') })
    const key = await admin.create(`/apps/${app.id}/keys`, { name: 'ci', allowed_models: ['gpt-*'] })
    expect(publicIdOf(key.raw_key)).toBe(key.public_id)
    const [row] = await admin.gateway.sql`select digest from app_keys where id = ${key.id}`
    expect(appKeyMatches(Buffer.from(pepper, 'base64'), key.raw_key, row?.digest)).toBe(true)
    const { json } = await admin.call('GET', `/apps/${app.id}/keys`)
    const { raw_key, ...shown } = key
    expect(json.data).toEqual([shown])
    expect(admin.answered.filter((text) => text.includes(raw_key))).toHaveLength(1)
    const other = await admin.create('/apps', { name: unique('app') })
    expect((await admin.call('POST', `/apps/${other.id}/keys/${key.id}/revoke`)).status).toBe(404)
  })

  it('rotate a key with a grace, and revoke one for good', async () => {
    const app = await admin.create('/apps', { name: unique('app') })
    const path = `/apps/${app.id}/keys`
    const old = await admin.create(path, { name: 'worker', allowed_models: ['m'] })
    const next = await admin.create(`${path}/${old.id}/rotate`, { grace_seconds: 60 })
    expect(next).toMatchObject({ name: 'worker', allowed_models: ['m'], status: 'enabled', expires_at: null })
    expect(next.raw_key).not.toBe(old.raw_key)
    const left = Date.parse((await admin.call('GET', path)).json.data[0].expires_at) - Date.now()
    expect(left).toBeGreaterThan(50_000)
    expect(left).toBeLessThanOrEqual(60_000)
    await admin.create(`${path}/${old.id}/rotate`, { grace_seconds: 0 })
    expect(Date.parse((await admin.call('GET', path)).json.data[0].expires_at)).toBeLessThanOrEqual(
      Date.now(),
    )
    expect(await admin.refusal('POST', `${path}/${next.id}/rotate`, {})).toMatchObject({
      status: 400,
      param: 'grace_seconds',
    })

    expect((await admin.call('PATCH', `${path}/${next.id}`, { status: 'disabled' })).json.status).toBe(
      'disabled',
    )
    expect(
      (
        await admin.call('PATCH', `${path}/${next.id}`, {
          status: 'enabled',
          expires_at: '2030-01-01T00:00:00Z',
        })
      ).json,
    ).toMatchObject({ status: 'enabled', expires_at: '2030-01-01T00:00:00.000Z' })
    for (let twice = 0; twice < 2; twice++) {
      expect((await admin.call('POST', `${path}/${next.id}/revoke`)).json.status).toBe('revoked')
    }
    expect(await admin.refusal('PATCH', `${path}/${next.id}`, { status: 'enabled' })).toMatchObject({
      status: 409,
    })
    expect(await admin.refusal('POST', `${path}/${next.id}/rotate`, { grace_seconds: 0 })).toMatchObject({
      status: 409,
    })
  })

  it('take their keys with them when archived', async () => {
    const app = await admin.create('/apps', { name: unique('app') })
    const key = await admin.create(`/apps/${app.id}/keys`, {})
    expect((await admin.call('DELETE', `/apps/${app.id}`)).status).toBe(204)
    expect((await admin.call('GET', `/apps/${app.id}/keys`)).status).toBe(404)
    const [row] = await admin.gateway.sql`select status from app_keys where id = ${key.id}`
    expect(row?.status).toBe('revoked')
    await admin.create('/apps', { name: app.name })
  })
})

describe('settings', () => {
  it('have defaults, change one by one, and go back with null', async () => {
    const before = (await admin.call('GET', '/settings')).json
    expect(before).toMatchObject({
      organisation_name: null,
      time_zone: 'UTC',
      currency: 'USD',
      default_provider: null,
      retention_months: 13,
      language: 'en',
    })
    const { json } = await admin.call('PATCH', '/settings', {
      organisation_name: 'Acme',
      time_zone: 'Asia/Shanghai',
      default_provider: 'mock',
    })
    expect(json).toEqual({
      ...before,
      organisation_name: 'Acme',
      time_zone: 'Asia/Shanghai',
      default_provider: 'mock',
    })
    const reset = await admin.call('PATCH', '/settings', {
      organisation_name: null,
      time_zone: null,
      default_provider: null,
    })
    expect(reset.json).toEqual(before)
  })

  it.each([
    { time_zone: 'Mars/Olympus' },
    { time_zone: '+08:00' },
    { default_provider: 'nobody' },
    { currency: 'EUR' },
    { retention_months: 0 },
  ])('refuse %j', async (body) => {
    expect(await admin.refusal('PATCH', '/settings', body)).toMatchObject({
      status: 400,
      param: Object.keys(body)[0],
    })
  })
})

describe('status', () => {
  it('tells which gateways live, and since when there is none', async () => {
    const gateway = async () => (await admin.call('GET', '/status')).json.gateway
    expect(await gateway()).toEqual({ state: 'not_seen', since: null, version: null, processes: 0 })
    await admin.gateway.sql`
      insert into processes (id, role, host, pid, version, started_at, seen_at) values
        (gen_random_uuid(), 'gateway', 'a', 1, '1.0.0', '2026-01-01T00:00:00Z', now()),
        (gen_random_uuid(), 'gateway', 'b', 2, '1.0.0', '2026-01-02T00:00:00Z', now())`
    expect(await gateway()).toEqual({
      state: 'up',
      since: '2026-01-01T00:00:00.000Z',
      version: '1.0.0',
      processes: 2,
    })
    await admin.gateway.sql`update processes set seen_at = now() - interval '5 minutes'`
    expect(await gateway()).toMatchObject({ state: 'down', processes: 0 })
    const { json } = await admin.call('GET', '/status')
    expect(json).toMatchObject({
      portal: { state: 'up' },
      postgres: { state: 'up', version: expect.stringMatching(/^\d+/) },
      redis: { state: 'not_configured' },
      vault: { state: 'ready', key_id: admin.vault.id },
    })
  })
})

describe('a change', () => {
  it('is announced before it is answered, and only when it succeeded', async () => {
    const { count } = admin.changes
    await admin.create('/apps', { name: unique('app') })
    expect(admin.changes.count).toBe(count + 1)
    await admin.call('GET', '/apps')
    await admin.call('POST', '/apps', { name: 'two words' })
    expect(admin.changes.count).toBe(count + 1)
  })

  it('leaves an audit row with who, what and which fields, and none when it failed', async () => {
    const rows = () =>
      admin.gateway.sql`select actor, action, resource, resource_id, details from audit order by seq desc`
    const app = await admin.create('/apps', { name: unique('app') })
    await admin.call('PATCH', `/apps/${app.id}`, { tenant: 'acme', owner_email: 'ann@acme.example' })
    const [change, creation] = await rows()
    expect(creation).toMatchObject({
      actor: 'token:environment',
      action: 'create',
      resource: 'app',
      resource_id: app.id,
    })
    expect(change).toMatchObject({
      action: 'update',
      resource: 'app',
      details: { fields: ['tenant', 'owner_email'] },
    })
    const { length } = await rows()
    await admin.call('POST', '/apps', { name: app.name })
    expect(await rows()).toHaveLength(length)
  })
})
