import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAdmin, type TestAdmin } from '../support/admin'

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
      expect(await admin.refusal('PATCH', `/pools/${pool.id}`, body)).toMatchObject({
        status: 400,
        param: 'keys',
      })
    }
    expect(await admin.refusal('POST', '/pools', { slug: pool.slug })).toMatchObject({
      status: 409,
      param: 'slug',
    })
    expect(
      await admin.refusal('POST', '/pools', {
        slug: 'twice',
        keys: [{ key_id: one.id }, { key_id: one.id }],
      }),
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
    expect(await admin.refusal('PATCH', `/pools/${own.id}`, { keys: [{ key_id: one.id }] })).toMatchObject({
      status: 400,
    })
    expect(
      await admin.refusal('PATCH', `/pools/${own.id}`, { environment: 'other', keys: [] }),
    ).toMatchObject({
      status: 400,
    })
    expect(await admin.refusal('DELETE', `/pools/${own.id}`)).toMatchObject({ status: 409 })
  })

  it('are not archived under an app or a model that names them', async () => {
    const [pool, free] = [await newPool(), await newPool()]
    const app = await admin.create('/apps', { name: unique('app'), pools: [pool.slug] })
    const model = await admin.create('/models', {
      name: unique('model'),
      targets: [{ pool: pool.id, model: 'm' }],
    })
    const answer = await admin.refusal('DELETE', `/pools/${pool.id}`)
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
  it('may be downgraded to another, never to themselves', async () => {
    const pool = await newPool()
    const [name, other] = [unique('model'), unique('model')]
    const targets = [{ pool: pool.slug, model: 'm' }]
    const route = await admin.create('/models', { name, targets, downgrade_to: other })
    expect(route.downgrade_to).toBe(other)
    const path = `/models/${route.id}`
    expect((await admin.call('PATCH', path, { targets })).json.downgrade_to).toBe(other)
    expect(await admin.refusal('PATCH', path, { name: other })).toMatchObject({ param: 'downgrade_to' })
    expect(await admin.refusal('PATCH', path, { downgrade_to: 'gpt-*' })).toMatchObject({
      param: 'downgrade_to',
    })
    expect((await admin.call('PATCH', path, { downgrade_to: null })).json.downgrade_to).toBeNull()
    const itself = await admin.refusal('POST', '/models', { name: 'self', targets, downgrade_to: 'self' })
    expect(itself).toMatchObject({ status: 400, param: 'downgrade_to' })
    const wild = await admin.create('/models', { name: `${name}-*`, targets, downgrade_to: `${name}-mini` })
    expect(wild.downgrade_to).toBe(`${name}-mini`)
  })

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
    expect(await admin.refusal('POST', '/models', { name: 'house/*', targets })).toMatchObject({
      status: 409,
      param: 'name',
    })
    expect(await admin.refusal('POST', '/models', { name: 'plain', targets })).toMatchObject({
      status: 400,
      param: 'targets',
    })
    expect(await admin.refusal('POST', '/models', { name: 'empty', targets: [] })).toMatchObject({
      status: 400,
      param: 'targets',
    })
    expect(
      await admin.refusal('POST', '/models', { name: 'lost', targets: [{ pool: 'nobody', model: 'm' }] }),
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
    expect(await admin.refusal('POST', '/prices', body)).toMatchObject({
      status: 409,
      param: 'effective_from',
    })
    expect(await admin.refusal('POST', '/prices', { ...body, input_usd_per_mtok: 0.1234567 })).toMatchObject({
      status: 400,
      param: 'input_usd_per_mtok',
    })
    expect(await admin.refusal('POST', '/prices', { ...body, output_usd_per_mtok: '1' })).toMatchObject({
      status: 400,
    })
    expect(await admin.refusal('POST', '/prices', { ...body, provider: 'nobody' })).toMatchObject({
      status: 400,
      param: 'provider',
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
