import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appKeyMatches, publicIdOf } from '@/lib/secrets/app-key'
import { startAdmin, type TestAdmin } from '../support/admin'
import { pepper } from '../support/gateway'

let admin: TestAdmin
let provider: { id: string; slug: string }
beforeAll(async () => {
  admin = await startAdmin()
  await admin.addVaultKey()
  provider = await admin.create('/providers', { slug: 'mock', base_url: 'http://127.0.0.1:9999/v1' })
})
afterAll(() => admin?.stop())

let counter = 0
const unique = (prefix: string) => `${prefix}-${++counter}`
const newKey = (fields: object = {}) =>
  admin.create('/keys', {
    provider: 'mock',
    name: unique('key'),
    secret: `sk-${unique('secret')}-0123456789`,
    ...fields,
  })
const newPool = (fields: object = {}) => admin.create('/pools', { slug: unique('pool'), ...fields })

async function refusal(method: string, path: string, body?: unknown) {
  const { status, json } = await admin.call(method, path, body)
  return { status, code: json.error.code, param: json.error.param, message: json.error.message as string }
}

describe('pools', () => {
  it('hold keys of their environment in the order given', async () => {
    const [one, two] = [await newKey(), await newKey()]
    const pool = await newPool({
      keys: [{ key_id: two.id, weight: 3 }, { key_id: one.id }],
      tenant_scope: ['acme'],
    })
    expect(pool).toMatchObject({
      environment: 'production',
      strategy: 'round_robin',
      tenant_scope: ['acme'],
      keys: [
        { key_id: two.id, weight: 3, tier: null },
        { key_id: one.id, weight: null, tier: null },
      ],
    })
    const { json } = await admin.call('PATCH', `/pools/${pool.id}`, {
      keys: [{ key_id: one.id }],
      tenant_scope: null,
    })
    expect(json).toMatchObject({ keys: [{ key_id: one.id }], tenant_scope: [] })
    const staging = await newKey({ environment: 'staging' })
    for (const body of [{ keys: [{ key_id: staging.id }] }, { environment: 'staging' }]) {
      expect(await refusal('PATCH', `/pools/${pool.id}`, body)).toMatchObject({ status: 400, param: 'keys' })
    }
    expect(await refusal('POST', '/pools', { slug: pool.slug })).toMatchObject({ status: 409, param: 'slug' })
    expect(
      await refusal('POST', '/pools', { slug: 'twice', keys: [{ key_id: one.id }, { key_id: one.id }] }),
    ).toMatchObject({ status: 400, param: 'keys' })
  })

  it('that keys join by themselves keep exactly those keys, in any order', async () => {
    const [one, two] = [await newKey({ environment: 'qa' }), await newKey({ environment: 'qa' })]
    const { json } = await admin.call('GET', '/pools?limit=200')
    const own = json.data.find((pool: { slug: string }) => pool.slug === 'mock-qa')
    expect(own.default_for_provider).toBe('mock')
    const reordered = await admin.call('PATCH', `/pools/${own.id}`, {
      keys: [{ key_id: two.id }, { key_id: one.id }],
    })
    expect(reordered.json.keys.map((key: { key_id: string }) => key.key_id)).toEqual([two.id, one.id])
    expect(await refusal('PATCH', `/pools/${own.id}`, { keys: [{ key_id: one.id }] })).toMatchObject({
      status: 400,
    })
    expect(await refusal('PATCH', `/pools/${own.id}`, { environment: 'other', keys: [] })).toMatchObject({
      status: 400,
    })
    expect(await refusal('DELETE', `/pools/${own.id}`)).toMatchObject({ status: 409 })
  })

  it('are not archived under an app or a model that names them', async () => {
    const [pool, free] = [await newPool(), await newPool()]
    const app = await admin.create('/apps', { name: unique('app'), pools: [pool.slug] })
    const model = await admin.create('/models', {
      name: unique('model'),
      targets: [{ pool: pool.id, model: 'm' }],
    })
    const answer = await refusal('DELETE', `/pools/${pool.id}`)
    expect(answer).toMatchObject({ status: 409, code: 'conflict' })
    expect(answer.message).toContain(app.name)
    expect(answer.message).toContain(model.name)
    await admin.call('PATCH', `/apps/${app.id}`, { pools: [free.id] })
    await admin.call('PATCH', `/models/${model.id}`, { targets: [{ pool: free.slug, model: 'm' }] })
    expect((await admin.call('DELETE', `/pools/${pool.id}`)).status).toBe(204)
    expect((await admin.call('GET', `/pools/${pool.id}`)).status).toBe(404)
  })
})

describe('models', () => {
  it('name pools by id or slug and show slugs', async () => {
    const [one, two] = [await newPool(), await newPool()]
    const targets = [
      { pool: one.id, model: 'gpt-4o' },
      { pool: two.slug, model: 'deepseek-*', first_byte_timeout_ms: 500 },
    ]
    const route = await admin.create('/models', { name: 'house/*', targets })
    expect(route.targets).toEqual([
      { pool: one.slug, model: 'gpt-4o', first_byte_timeout_ms: null },
      { pool: two.slug, model: 'deepseek-*', first_byte_timeout_ms: 500 },
    ])
    expect((await admin.call('GET', `/models/${route.id}`)).json).toEqual(route)
    expect(await refusal('POST', '/models', { name: 'house/*', targets })).toMatchObject({
      status: 409,
      param: 'name',
    })
    expect(await refusal('POST', '/models', { name: 'plain', targets })).toMatchObject({
      status: 400,
      param: 'targets',
    })
    expect(await refusal('POST', '/models', { name: 'empty', targets: [] })).toMatchObject({
      status: 400,
      param: 'targets',
    })
    expect(
      await refusal('POST', '/models', { name: 'lost', targets: [{ pool: 'nobody', model: 'm' }] }),
    ).toMatchObject({ status: 400, param: 'targets' })
    expect((await admin.call('DELETE', `/models/${route.id}`)).status).toBe(204)
    await admin.create('/models', { name: 'house/*', targets })
  })
})

describe('prices', () => {
  it('come back exactly as given', async () => {
    for (const usd of [0, 0.1, 0.15, 0.000001, 2.5, 14.999999, 1000000]) {
      const body = {
        provider: 'mock',
        model: unique('model'),
        input_usd_per_mtok: usd,
        output_usd_per_mtok: usd,
        cached_input_usd_per_mtok: usd,
      }
      expect(await admin.create('/prices', body)).toMatchObject(body)
    }
  })

  it('are refused with more than six decimals, and for the same model and time', async () => {
    const body = {
      provider: provider.id,
      model: 'm',
      input_usd_per_mtok: 1,
      output_usd_per_mtok: 1,
      effective_from: '2026-01-01T00:00:00+08:00',
    }
    expect((await admin.create('/prices', body)).effective_from).toBe('2025-12-31T16:00:00.000Z')
    expect(await refusal('POST', '/prices', body)).toMatchObject({ status: 409, param: 'effective_from' })
    expect(await refusal('POST', '/prices', { ...body, input_usd_per_mtok: 0.1234567 })).toMatchObject({
      status: 400,
      param: 'input_usd_per_mtok',
    })
    expect(await refusal('POST', '/prices', { ...body, output_usd_per_mtok: '1' })).toMatchObject({
      status: 400,
    })
    expect(await refusal('POST', '/prices', { ...body, provider: 'nobody' })).toMatchObject({
      status: 400,
      param: 'provider',
    })
  })
})

describe('apps', () => {
  it('are bound to their own tenant and project unless told otherwise', async () => {
    const app = await admin.create('/apps', { name: unique('app'), tenant: 'acme' })
    expect(app).toMatchObject({
      tenant: 'acme',
      tenant_scope: ['acme'],
      project: 'default',
      project_scope: ['default'],
      feature_scope: ['default'],
    })
    const moved = await admin.call('PATCH', `/apps/${app.id}`, { tenant: 'bolt', feature_scope: ['*'] })
    expect(moved.json).toMatchObject({ tenant: 'bolt', tenant_scope: ['bolt'], feature_scope: ['*'] })
    const wide = await admin.call('PATCH', `/apps/${app.id}`, { tenant_scope: ['bolt', 'acme'] })
    expect(wide.json.tenant_scope).toEqual(['bolt', 'acme'])
    expect((await admin.call('PATCH', `/apps/${app.id}`, { tenant: 'core' })).json.tenant_scope).toEqual([
      'bolt',
      'acme',
    ])
    expect(await refusal('PATCH', `/apps/${app.id}`, { tenant: 'two words' })).toMatchObject({
      status: 400,
      param: 'tenant',
    })
    expect(await refusal('POST', '/apps', { name: app.name })).toMatchObject({ status: 409, param: 'name' })
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
    expect(await refusal('POST', `${path}/${next.id}/rotate`, {})).toMatchObject({
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
    expect(await refusal('PATCH', `${path}/${next.id}`, { status: 'enabled' })).toMatchObject({ status: 409 })
    expect(await refusal('POST', `${path}/${next.id}/rotate`, { grace_seconds: 0 })).toMatchObject({
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
    expect(before).toEqual({
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
    expect(await refusal('PATCH', '/settings', body)).toMatchObject({
      status: 400,
      param: Object.keys(body)[0],
    })
  })
})

it('many changes at once all succeed, and the default pool holds every key', async () => {
  const crowd = await admin.create('/providers', { slug: 'crowd', base_url: 'https://crowd.example' })
  const keys = await Promise.all(Array.from({ length: 8 }, () => newKey({ provider: 'crowd' })))
  const { json } = await admin.call('GET', '/pools?limit=200')
  const own = json.data.find((pool: { slug: string }) => pool.slug === 'crowd')
  const chosen = await newPool()
  const work = keys.flatMap((key) => [
    admin.call('POST', `/keys/${key.id}/disable`),
    admin.call('PATCH', `/keys/${key.id}`, { pools: [chosen.slug] }),
    admin.call('PATCH', `/pools/${own.id}`, { name: key.name }),
    admin.call('PATCH', `/pools/${chosen.id}`, { keys: keys.map(({ id }) => ({ key_id: id })) }),
    admin.call('PATCH', `/providers/${crowd.id}`, { priority: 5 }),
    newKey({ provider: 'crowd' }).then(() => ({ status: 201 })),
  ])
  const statuses = (await Promise.all(work)).map((answer) => answer.status)
  expect(statuses.filter((status) => status >= 400)).toEqual([])
  const { json: after } = await admin.call('GET', `/pools/${own.id}`)
  expect(after.keys).toHaveLength(16)
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
