import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAdmin, type TestAdmin } from '../support/admin'

let admin: TestAdmin
beforeAll(async () => {
  admin = await startAdmin()
  await admin.addVaultKey()
  await admin.create('/providers', { slug: 'mock', base_url: 'http://127.0.0.1:9999/v1' })
})
afterAll(() => admin?.stop())

let counter = 0
const unique = (prefix: string) => `${prefix}-${++counter}`
const newKey = (provider: string) =>
  admin.create('/keys', { provider, name: unique('key'), secret: `sk-${unique('secret')}-0123456789` })
const newPool = (fields: object = {}) => admin.create('/pools', { slug: unique('pool'), ...fields })

describe('a pool', () => {
  it('has a strategy and all that goes with it, each with a default', async () => {
    const plain = await newPool()
    const defaults = {
      strategy: 'round_robin',
      stickiness: 'none',
      standby_percent: 0,
      fallback_pool_id: null,
      model_priority: [],
      wait_seconds: 0,
      switch_to_pool_id: null,
      switch_until: null,
    }
    expect(plain).toMatchObject(defaults)
    const key = await newKey('mock')
    const fields = {
      strategy: 'priority',
      stickiness: 'conversation',
      standby_percent: 5,
      model_priority: ['gpt-4o', 'gpt-4o-mini'],
      wait_seconds: 20,
      keys: [{ key_id: key.id, weight: 1000, tier: 2 }],
    }
    const pool = await newPool({ ...fields, fallback_pool_id: plain.slug })
    expect(pool).toMatchObject({ ...fields, fallback_pool_id: plain.id })
    for (const strategy of ['weighted', 'least_latency', 'lowest_cost']) {
      expect((await admin.call('PATCH', `/pools/${pool.id}`, { strategy })).json.strategy).toBe(strategy)
    }
    const nulls = Object.fromEntries(Object.keys(fields).map((name) => [name, null]))
    const reset = await admin.call('PATCH', `/pools/${pool.id}`, { ...nulls, fallback_pool_id: null })
    expect(reset.json).toMatchObject({ ...defaults, keys: [] })
  })

  it.each([
    [{ strategy: 'random' }, 'strategy'],
    [{ stickiness: 'user' }, 'stickiness'],
    [{ standby_percent: 101 }, 'standby_percent'],
    [{ standby_percent: 0.5 }, 'standby_percent'],
    [{ wait_seconds: 61 }, 'wait_seconds'],
    [{ model_priority: ['gpt-*'] }, 'model_priority.0'],
    [{ model_priority: ['a', 'a'] }, 'model_priority'],
    [{ fallback_pool_id: 'nobody' }, 'fallback_pool_id'],
    [{ switch_to_pool_id: null }, 'switch_to_pool_id'],
  ])('is refused with %j', async (fields, param) => {
    expect(await admin.refusal('POST', '/pools', { slug: 'odd', ...fields })).toMatchObject({
      status: 400,
      param,
    })
  })

  it('falls back within its environment, and never in a ring', async () => {
    const [one, two, three] = [await newPool(), await newPool(), await newPool()]
    const fallBack = (pool: { id: string }, to: { id: string }) =>
      admin.call('PATCH', `/pools/${pool.id}`, { fallback_pool_id: to.id })
    for (const [pool, to] of [
      [one, two],
      [two, three],
    ])
      expect((await fallBack(pool, to)).json.fallback_pool_id).toBe(to.id)
    for (const to of [one, two, three]) {
      const { json } = await fallBack(three, to)
      expect(json.error).toMatchObject({ code: 'invalid_request', param: 'fallback_pool_id' })
      expect(json.error.message).toContain(`${three.slug} → ${to === three ? '' : to.slug}`)
    }
    expect((await admin.call('GET', `/pools/${three.id}`)).json.fallback_pool_id).toBeNull()
    const staging = await newPool({ environment: 'staging' })
    expect((await fallBack(three, staging)).json.error).toMatchObject({ param: 'fallback_pool_id' })
    for (const pool of [one, three]) {
      const moved = await admin.refusal('PATCH', `/pools/${pool.id}`, { environment: 'staging' })
      expect(moved).toMatchObject({ status: 400, param: 'environment' })
    }
  })

  it('changed by many at once is never left in a ring', async () => {
    const pools = [await newPool(), await newPool(), await newPool()]
    const changes = pools.map((pool, index) =>
      admin.call('PATCH', `/pools/${pool.id}`, { fallback_pool_id: pools[(index + 1) % 3].id }),
    )
    await Promise.all(changes)
    const after = await Promise.all(pools.map((pool) => admin.call('GET', `/pools/${pool.id}`)))
    expect(after.filter(({ json }) => json.fallback_pool_id === null).length).toBeGreaterThan(0)
  })

  it('sends its calls to another for some minutes, until it is told otherwise', async () => {
    const [one, two, staging] = [await newPool(), await newPool(), await newPool({ environment: 'staging' })]
    const path = `/pools/${one.id}/switch`
    const { status, json } = await admin.call('POST', path, { to_pool_id: two.slug, minutes: 30 })
    expect([status, json.switch_to_pool_id]).toEqual([200, two.id])
    const minutes = (Date.parse(json.switch_until) - Date.now()) / 60_000
    expect([minutes > 29, minutes <= 30]).toEqual([true, true])
    const [audited] = await admin.gateway.sql`
      select action, resource, resource_id, details from audit order by seq desc limit 1`
    expect(audited).toEqual({
      action: 'switch',
      resource: 'pool',
      resource_id: one.id,
      details: { to_pool_id: two.id, minutes: 30 },
    })
    for (const [body, param] of [
      [{ to_pool_id: one.id, minutes: 5 }, 'to_pool_id'],
      [{ to_pool_id: staging.id, minutes: 5 }, 'to_pool_id'],
      [{ to_pool_id: 'nobody', minutes: 5 }, 'to_pool_id'],
      [{ to_pool_id: two.id }, 'minutes'],
      [{ to_pool_id: two.id, minutes: 0 }, 'minutes'],
      [{ to_pool_id: null, minutes: 5 }, 'minutes'],
      [{ minutes: 5 }, 'to_pool_id'],
    ] as const) {
      expect([body, await admin.refusal('POST', path, body)]).toMatchObject([body, { status: 400, param }])
    }
    const back = await admin.refusal('POST', `/pools/${two.id}/switch`, { to_pool_id: one.id, minutes: 5 })
    expect(back).toMatchObject({ status: 400, param: 'to_pool_id' })
    const ended = await admin.call('POST', path, { to_pool_id: null })
    expect(ended.json).toMatchObject({ switch_to_pool_id: null, switch_until: null })
    await admin.call('POST', path, { to_pool_id: two.id, minutes: 1 })
    await admin.gateway.sql`update pools set switch_until = now() - interval '1 second' where id = ${one.id}`
    expect((await admin.call('GET', `/pools/${one.id}`)).json).toMatchObject({
      switch_to_pool_id: null,
      switch_until: null,
    })
  })

  it('that others fall back or are switched to is not archived, nor is its provider', async () => {
    const [target, fallen, switched] = [await newPool(), await newPool(), await newPool()]
    await admin.call('PATCH', `/pools/${fallen.id}`, { fallback_pool_id: target.id })
    await admin.call('POST', `/pools/${switched.id}/switch`, { to_pool_id: target.id, minutes: 5 })
    const answer = await admin.refusal('DELETE', `/pools/${target.id}`)
    expect(answer).toMatchObject({ status: 409, code: 'conflict' })
    expect(answer.message).toContain(fallen.slug)
    expect(answer.message).toContain(switched.slug)
    await admin.call('PATCH', `/pools/${fallen.id}`, { fallback_pool_id: null })
    await admin.call('POST', `/pools/${switched.id}/switch`, { to_pool_id: null })
    expect((await admin.call('DELETE', `/pools/${target.id}`)).status).toBe(204)

    const leaving = await admin.create('/providers', { slug: 'leaving', base_url: 'https://x.example' })
    const key = await newKey('leaving')
    await admin.call('PATCH', `/pools/${fallen.id}`, { fallback_pool_id: 'leaving' })
    await admin.call('DELETE', `/keys/${key.id}`)
    const kept = await admin.refusal('DELETE', `/providers/${leaving.id}`)
    expect(kept).toMatchObject({ status: 409, message: expect.stringContaining(fallen.slug) })
  })
})
