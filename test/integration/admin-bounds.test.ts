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

/** Something of each kind that has limits and budgets: its address, the method that changes it, its scope. */
const kinds = {
  app: async (fields: object) => {
    const { id } = await admin.create('/apps', { name: unique('app'), ...fields })
    return { path: `/apps/${id}`, id }
  },
  app_key: async (fields: object) => {
    const app = await admin.create('/apps', { name: unique('app') })
    const { id } = await admin.create(`/apps/${app.id}/keys`, fields)
    return { path: `/apps/${app.id}/keys/${id}`, id }
  },
  pool: async (fields: object) => {
    const { id } = await admin.create('/pools', { slug: unique('pool'), ...fields })
    return { path: `/pools/${id}`, id }
  },
  key: async (fields: object) => {
    const secret = `sk-${unique('secret')}-0123456789`
    const { id } = await admin.create('/keys', { provider: 'mock', name: unique('key'), secret, ...fields })
    return { path: `/keys/${id}`, id }
  },
}
type Kind = keyof typeof kinds
const every = Object.keys(kinds) as Kind[]

/** What is shown of it, in the list it belongs to. */
async function listed(path: string) {
  const parts = path.split('/')
  const { json } = await admin.call('GET', `${parts.slice(0, -1).join('/')}?limit=200`)
  return json.data.find((row: { id: string }) => row.id === parts.at(-1))
}
const budgetRows = (id: string) =>
  admin.gateway.sql`
    select id, period, limit_nanos, hard, archived_at is null as live from budgets where scope_id = ${id} order by id`

const none = { rpm: null, tpm: null, concurrency: null }
const notifyTwice = [
  { at: 0.8, action: 'notify', rpm: null, models: [] },
  { at: 0.95, action: 'notify', rpm: null, models: [] },
]

describe.each(every)('the limits of one %s', (kind) => {
  it('are none by default, replaced as a whole, and gone with null', async () => {
    const { path } = await kinds[kind]({})
    expect(await listed(path)).toMatchObject({ limits: none, budgets: [] })
    const change = async (limits: unknown) => (await admin.call('PATCH', path, { limits })).json.limits
    expect(await change({ rpm: 60, tpm: 90_000 })).toEqual({ rpm: 60, tpm: 90_000, concurrency: null })
    expect(await change({ concurrency: 3 })).toEqual({ ...none, concurrency: 3 })
    expect((await listed(path)).limits).toEqual({ ...none, concurrency: 3 })
    expect(await change(null)).toEqual(none)
    const given = await kinds[kind]({ limits: { rpm: 5 } })
    expect((await listed(given.path)).limits).toEqual({ ...none, rpm: 5 })
  })

  it.each([
    [{ rpm: 0 }, 'limits.rpm'],
    [{ rpm: 1.5 }, 'limits.rpm'],
    [{ tpm: -1 }, 'limits.tpm'],
    [{ concurrency: 100_001 }, 'limits.concurrency'],
    [{ rps: 1 }, 'limits.rps'],
    [5, 'limits'],
  ])('are refused as %j', async (limits, param) => {
    const { path } = await kinds[kind]({})
    expect(await admin.refusal('PATCH', path, { limits })).toMatchObject({ status: 400, param })
  })
})

describe.each(every)('the budgets of one %s', (kind) => {
  it('come back as they were set, with the ladder that stands for none', async () => {
    const ladder = [
      { at: 1, action: 'stop' },
      { at: 0.5, action: 'downgrade' },
      { at: 0.9, action: 'throttle', rpm: 10 },
      { at: 0.7, action: 'economy', models: ['gpt-4o-mini', 'deepseek-*'] },
    ]
    const budgets = [
      { period: 'month', limit_usd: 9_000_000, hard: true, ladder },
      { period: 'day', limit_usd: 0.000000001 },
    ]
    const { path } = await kinds[kind]({ budgets })
    const shown = [
      { period: 'day', limit_usd: 0.000000001, hard: false, ladder: notifyTwice },
      {
        period: 'month',
        limit_usd: 9_000_000,
        hard: true,
        ladder: [
          { at: 0.5, action: 'downgrade', rpm: null, models: [] },
          { at: 0.7, action: 'economy', rpm: null, models: ['gpt-4o-mini', 'deepseek-*'] },
          { at: 0.9, action: 'throttle', rpm: 10, models: [] },
          { at: 1, action: 'stop', rpm: null, models: [] },
        ],
      },
    ]
    expect((await listed(path)).budgets).toEqual(shown)
    const { status, json } = await admin.call('PATCH', path, { budgets: shown })
    expect([status, json.budgets]).toEqual([200, shown])
  })

  it('keep their id when edited, so that what was spent stays; others are archived or new', async () => {
    const { path, id } = await kinds[kind]({ budgets: [{ period: 'day', limit_usd: 1 }] })
    const [day] = await budgetRows(id)
    await admin.call('PATCH', path, { budgets: [{ period: 'day', limit_usd: 0.25, hard: true, ladder: [] }] })
    expect(await budgetRows(id)).toEqual([{ ...day, limit_nanos: '250000000', hard: true }])
    await admin.call('PATCH', path, { limits: { rpm: 1 } })
    expect(await budgetRows(id)).toHaveLength(1)
    const { json } = await admin.call('PATCH', path, { budgets: [{ period: 'month', limit_usd: 30 }] })
    expect(json.budgets).toMatchObject([{ period: 'month', limit_usd: 30 }])
    expect(await budgetRows(id)).toMatchObject([
      { id: day?.id, live: false },
      { period: 'month', live: true },
    ])
    expect((await admin.call('PATCH', path, { budgets: null })).json.budgets).toEqual([])
    expect((await budgetRows(id)).map((row) => row.live)).toEqual([false, false])
  })
})

describe('a budget', () => {
  const day = { period: 'day', limit_usd: 1 }
  const rung = (fields: object) => ({ ...day, ladder: [{ at: 0.5, action: 'notify', ...fields }] })
  it.each([
    [[{ ...day, limit_usd: 0 }], 'budgets.0.limit_usd'],
    [[{ ...day, limit_usd: -1 }], 'budgets.0.limit_usd'],
    [[{ ...day, limit_usd: 9_000_000.01 }], 'budgets.0.limit_usd'],
    [[{ ...day, limit_usd: 0.0000000001 }], 'budgets.0.limit_usd'],
    [[{ ...day, limit_usd: '1' }], 'budgets.0.limit_usd'],
    [[{ limit_usd: 1 }], 'budgets.0.period'],
    [[{ ...day, period: 'week' }], 'budgets.0.period'],
    [[{ ...day, spent_usd: 0 }], 'budgets.0.spent_usd'],
    [[day, day], 'budgets'],
    [[day, { ...day, period: 'month' }, day], 'budgets'],
    [[rung({ at: 80 })], 'budgets.0.ladder.0.at'],
    [[rung({ at: -0.1 })], 'budgets.0.ladder.0.at'],
    [[rung({ action: 'block' })], 'budgets.0.ladder.0.action'],
    [[rung({ rpm: 5 })], 'budgets.0.ladder.0.rpm'],
    [[rung({ action: 'throttle' })], 'budgets.0.ladder.0.rpm'],
    [[rung({ action: 'throttle', rpm: 0 })], 'budgets.0.ladder.0.rpm'],
    [[rung({ action: 'economy' })], 'budgets.0.ladder.0.models'],
    [[rung({ action: 'stop', models: ['gpt-4o'] })], 'budgets.0.ladder.0.models'],
    [[{ ...day, ladder: [0, 1].map(() => ({ at: 0.5, action: 'notify' })) }], 'budgets.0.ladder'],
  ])('is refused as %j', async (budgets, param) => {
    const answer = await admin.refusal('POST', '/apps', { name: unique('app'), budgets })
    expect(answer).toMatchObject({ status: 400, code: 'invalid_request', param })
  })

  it('goes with what it was for', async () => {
    for (const kind of ['app', 'pool', 'key'] as const) {
      const { path, id } = await kinds[kind]({ budgets: [day] })
      expect((await admin.call('DELETE', path)).status).toBe(204)
      expect([kind, await budgetRows(id)]).toMatchObject([kind, [{ live: false }]])
    }
    const revoked = await kinds.app_key({ budgets: [day] })
    expect((await admin.call('POST', `${revoked.path}/revoke`)).json.budgets).toEqual([])
    const ofApp = await kinds.app_key({ budgets: [day] })
    await admin.call('DELETE', ofApp.path.split('/keys')[0] ?? '')
    expect(await budgetRows(ofApp.id)).toMatchObject([{ live: false }])
    const provider = await admin.create('/providers', { slug: 'short', base_url: 'https://x.example' })
    const key = await admin.create('/keys', { provider: 'short', name: 'k', secret: 'sk-short-0123456789' })
    const pools = (await admin.call('GET', '/pools?limit=200')).json.data
    const pool = pools.find(({ slug }: { slug: string }) => slug === 'short')
    await admin.call('PATCH', `/pools/${pool.id}`, { budgets: [day] })
    await admin.call('DELETE', `/keys/${key.id}`)
    expect((await admin.call('DELETE', `/providers/${provider.id}`)).status).toBe(204)
    expect(await budgetRows(pool.id)).toMatchObject([{ live: false }])
  })

  it('is written with everything else of the change, or not at all', async () => {
    const { path, id } = await kinds.pool({ budgets: [day] })
    const body = { budgets: [{ ...day, limit_usd: 2 }], fallback_pool_id: id }
    expect((await admin.refusal('PATCH', path, body)).status).toBe(400)
    expect((await budgetRows(id)).map((row) => row.limit_nanos)).toEqual(['1000000000'])
  })

  it('of an app key goes on with the key that takes its place', async () => {
    const { path, id } = await kinds.app_key({ limits: { rpm: 7 }, budgets: [day] })
    const [before] = await budgetRows(id)
    const next = await admin.create(`${path}/rotate`, { grace_seconds: 0 })
    expect(next).toMatchObject({ limits: { rpm: 7 }, budgets: [day] })
    expect(await budgetRows(next.id)).toEqual([before])
    expect(await budgetRows(id)).toEqual([])
    const nextPath = path.replace(id, next.id)
    const last = await admin.create(`${nextPath}/rotate`, { grace_seconds: 60 })
    expect(await budgetRows(last.id)).toEqual([before])
    expect(await budgetRows(next.id)).toMatchObject([{ limit_nanos: '1000000000', live: true }])
  })
})

describe('policies', () => {
  const empty = { limits: none, budgets: [], allowed_models: [], updated_at: null }

  it.each([
    ['tenant', 'acme'],
    ['project', 'acme'],
    ['feature', 'search.v2'],
    ['global', 'all'],
  ])('of %s %s are empty until they are set, as a whole', async (scope, id) => {
    const path = `/policies/${scope}/${id}`
    expect((await admin.call('GET', path)).json).toEqual({ scope, id, ...empty })
    const body = {
      limits: { rpm: 100 },
      budgets: [{ period: 'month', limit_usd: 12.5, hard: true }],
      allowed_models: ['gpt-*'],
    }
    const set = await admin.call('PUT', path, body)
    const shown = {
      scope,
      id,
      limits: { ...none, rpm: 100 },
      budgets: [{ period: 'month', limit_usd: 12.5, hard: true, ladder: notifyTwice }],
      allowed_models: ['gpt-*'],
    }
    expect([set.status, set.json]).toMatchObject([200, shown])
    expect((await admin.call('GET', path)).json).toEqual(set.json)
    expect((await admin.call('GET', '/policies')).json.data).toContainEqual(set.json)

    const rowId = scope === 'global' ? '' : id
    const own = () =>
      admin.gateway
        .sql`select id, limit_nanos from budgets where scope = ${scope} and scope_id = ${rowId} and archived_at is null`
    const [before] = await own()
    const raised = await admin.call('PUT', path, { budgets: [{ period: 'month', limit_usd: 20 }] })
    expect(raised.json).toMatchObject({ limits: none, allowed_models: [], budgets: [{ limit_usd: 20 }] })
    expect(await own()).toEqual([{ id: before?.id, limit_nanos: '20000000000' }])
    const cleared = await admin.call('PUT', path, {})
    expect(cleared.json).toMatchObject({ limits: none, budgets: [], allowed_models: [] })
    const { data } = (await admin.call('GET', '/policies')).json
    expect(data.filter((row: { scope: string; id: string }) => row.scope === scope && row.id === id)).toEqual(
      [],
    )
    const [audited] = await admin.gateway.sql`
      select action, resource, resource_id from audit order by seq desc limit 1`
    expect(audited).toEqual({ action: 'update', resource: 'policy', resource_id: `${scope}/${id}` })
  })

  it('are listed page by page, each once', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    for (const scope of ['tenant', 'feature'])
      for (const id of ids) await admin.call('PUT', `/policies/${scope}/${id}`, { limits: { rpm: 1 } })
    const seen: string[] = []
    for (let cursor = ''; ; ) {
      const { json } = await admin.call('GET', `/policies?limit=3${cursor}`)
      seen.push(...json.data.map((row: { scope: string; id: string }) => `${row.scope} ${row.id}`))
      if (json.next_cursor === null) break
      cursor = `&cursor=${json.next_cursor}`
    }
    expect(seen).toEqual([...ids.map((id) => `feature ${id}`), ...ids.map((id) => `tenant ${id}`)])
    const foreign = Buffer.from('["nobody","x"]').toString('base64url')
    expect(await admin.refusal('GET', `/policies?cursor=${foreign}`)).toMatchObject({ param: 'cursor' })
  })

  it.each([
    ['GET', '/policies/app/web', 'scope'],
    ['GET', '/policies/tenant/two%20words', 'id'],
    ['GET', '/policies/global/acme', 'id'],
    ['PUT', '/policies/global/acme', 'id'],
  ])('refuse %s %s', async (method, path, param) => {
    const body = method === 'PUT' ? {} : undefined
    expect(await admin.refusal(method, path, body)).toMatchObject({ status: 400, param })
  })

  it('set twice at the same moment are one of both', async () => {
    const bodies = [1, 2, 3, 4].map((rpm) => ({
      limits: { rpm },
      budgets: [{ period: 'day', limit_usd: rpm }],
    }))
    const answers = await Promise.all(bodies.map((body) => admin.call('PUT', '/policies/tenant/crowd', body)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    const { json } = await admin.call('GET', '/policies/tenant/crowd')
    expect(json.budgets).toMatchObject([{ limit_usd: json.limits.rpm }])
  })
})
