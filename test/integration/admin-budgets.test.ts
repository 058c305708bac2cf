import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import { nanosToUsd } from '@/lib/format'
import { newId } from '@/lib/id'
import { windowAt } from '@/lib/limits/windows'
import { startAdmin, type TestAdmin } from '../support/admin'
import { personWith, sessionSecret } from '../support/identity'

const hour = 3_600_000
const timeZone = 'Asia/Kathmandu'
let admin: TestAdmin
beforeAll(async () => {
  admin = await startAdmin({ NEXTAUTH_SECRET: sessionSecret })
  await admin.addVaultKey()
  await admin.create('/providers', { slug: 'mock', base_url: 'http://127.0.0.1:9999/v1' })
  await admin.call('PATCH', '/settings', { time_zone: timeZone })
})
afterAll(() => admin?.stop())

let counter = 0
const unique = (prefix: string) => `${prefix}-${++counter}`
const month = { period: 'month', limit_usd: 100 }

async function budgetsOf(scope: string, id: string) {
  const { json } = await admin.call('GET', `/budgets?scope=${scope}&id=${encodeURIComponent(id)}`)
  return json.data
}

/** A call that was answered `ago` milliseconds ago, as a gateway writes it down. */
async function spend(fields: Partial<LedgerRow>, usd: number, ago: number) {
  const row: LedgerRow = {
    id: newId(),
    ts: new Date(Date.now() - ago).toISOString(),
    kind: 'call',
    outcome: 'ok',
    request_id: newId(),
    process_id: newId(),
    app_id: null,
    app_key_id: null,
    key_id: null,
    pool_id: null,
    provider_id: null,
    environment: 'production',
    tenant: 'none',
    project: 'none',
    feature: 'none',
    endpoint: 'chat/completions',
    model: 'm',
    served_model: 'm',
    stream: false,
    input_tokens: 1,
    cached_input_tokens: 0,
    output_tokens: 1,
    reasoning_tokens: 0,
    cost_nanos: String(BigInt(Math.round(usd * 1e9))),
    cost_source: 'reported',
    price_id: null,
    latency_ms: 1,
    ttft_ms: null,
    status: 200,
    error_class: null,
    error_code: null,
    attempts: [],
    decision: null,
    charges: null,
    ...fields,
  }
  await foldRequests(admin.gateway, [JSON.stringify(row)])
}

/** What gateways have written into the current window of a budget. */
async function setWindow(budgetId: string, nanos: { posted?: number; leased?: number; lost?: number }) {
  const { start, end } = windowAt('month', Date.now(), timeZone)
  await admin.gateway.sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nanos, posted_nanos, leased_nanos, lost_nanos)
    values (${budgetId}, ${new Date(start).toISOString()}, ${new Date(end).toISOString()}, 0,
      ${nanos.posted ?? 0}, ${nanos.leased ?? 0}, ${nanos.lost ?? 0})
    on conflict (budget_id, window_start) do update set posted_nanos = excluded.posted_nanos,
      leased_nanos = excluded.leased_nanos, lost_nanos = excluded.lost_nanos`
}

describe('the budgets', () => {
  it('that nothing was spent from yet are zeros, in the windows of the organisation', async () => {
    const app = await admin.create('/apps', {
      name: unique('app'),
      budgets: [month, { period: 'day', limit_usd: 0.1, hard: true }],
    })
    const rows = await budgetsOf('app', app.id)
    expect(rows).toHaveLength(2)
    for (const row of rows) {
      const { start, end } = windowAt(row.period, Date.now(), timeZone)
      expect(row).toEqual({
        budget_id: expect.any(String),
        scope: 'app',
        id: app.id,
        name: app.name,
        period: row.period,
        window_start: new Date(start).toISOString(),
        window_end: new Date(end).toISOString(),
        limit_usd: row.period === 'day' ? 0.1 : 100,
        spent_usd: 0,
        held_usd: 0,
        lost_usd: 0,
        left_usd: row.period === 'day' ? 0.1 : 100,
        burn_usd_per_hour: null,
        projected_exhaustion_at: null,
        hard: row.period === 'day',
        ladder: [0.8, 0.95].map((at) => ({ at, action: 'notify', rpm: null, models: [] })),
      })
      // Kathmandu is 5:45 ahead of UTC.
      expect(row.window_start).toMatch(/T18:15:00.000Z$/)
    }
  })

  it('show what is spent, held and lost to the nano-dollar, and what is left', async () => {
    const app = await admin.create('/apps', { name: unique('app'), budgets: [month] })
    const [{ budget_id }] = await budgetsOf('app', app.name)
    await setWindow(budget_id, { posted: 12_345_678_901, leased: 2_000_000_001, lost: 98 })
    expect(await budgetsOf('app', app.id)).toMatchObject([
      { spent_usd: 12.345678901, held_usd: 2.000000001, lost_usd: 0.000000098, left_usd: 85.654321 },
    ])
    await setWindow(budget_id, { posted: 120_000_000_000 })
    const [over] = await budgetsOf('app', app.id)
    expect(over).toMatchObject({ spent_usd: 120, left_usd: 0 })
    expect(Date.parse(over.projected_exhaustion_at)).toBeLessThanOrEqual(Date.now())
  })

  it('are found by scope, by id and by name, each with the name people know', async () => {
    const budgets = [month]
    const app = await admin.create('/apps', { name: unique('app'), budgets })
    const appKey = await admin.create(`/apps/${app.id}/keys`, { name: 'ci', budgets })
    const pool = await admin.create('/pools', { slug: unique('pool'), name: 'A pool', budgets })
    const key = await admin.create('/keys', {
      provider: 'mock',
      name: unique('key'),
      secret: 'sk-budgets-0123456789',
      budgets,
    })
    for (const path of ['tenant/acme', 'project/acme', 'feature/acme', 'global/all']) {
      expect((await admin.call('PUT', `/policies/${path}`, { budgets })).status).toBe(200)
    }
    for (const [scope, id, name] of [
      ['app', app.id, app.name],
      ['app_key', appKey.id, `${app.name} / ci`],
      ['pool', pool.id, pool.slug],
      ['key', key.id, key.name],
      ['tenant', 'acme', 'acme'],
      ['project', 'acme', 'acme'],
      ['feature', 'acme', 'acme'],
      ['global', 'all', 'all'],
    ]) {
      const byId = await budgetsOf(scope, id)
      expect(byId).toMatchObject([{ scope, id, name }])
      expect(await budgetsOf(scope, name)).toEqual(byId)
    }
    expect(await budgetsOf('app', 'nobody')).toEqual([])
    expect(await admin.refusal('GET', '/budgets?scope=team')).toMatchObject({ status: 400, param: 'scope' })
    expect(await admin.refusal('GET', '/budgets?period=day')).toMatchObject({ status: 400, param: 'period' })

    const seen: string[] = []
    for (let cursor = ''; ; ) {
      const { json } = await admin.call('GET', `/budgets?limit=4${cursor}`)
      seen.push(...json.data.map((row: { budget_id: string }) => row.budget_id))
      if (json.next_cursor === null) break
      cursor = `&cursor=${json.next_cursor}`
    }
    const all = (await admin.call('GET', '/budgets?limit=200')).json.data
    expect(seen).toEqual(all.map((row: { budget_id: string }) => row.budget_id))
    expect(new Set(seen).size).toBeGreaterThan(7)
  })

  it('of archived apps and of app keys that have expired are gone', async () => {
    const app = await admin.create('/apps', { name: unique('app'), budgets: [month] })
    const key = await admin.create(`/apps/${app.id}/keys`, { budgets: [month] })
    expect(await budgetsOf('app_key', key.id)).toHaveLength(1)
    await admin.create(`/apps/${app.id}/keys/${key.id}/rotate`, { grace_seconds: 3600 })
    expect(await budgetsOf('app_key', key.id)).toHaveLength(1)
    await admin.call('PATCH', `/apps/${app.id}/keys/${key.id}`, { expires_at: '2026-01-01T00:00:00Z' })
    expect(await budgetsOf('app_key', key.id)).toEqual([])
    await admin.call('DELETE', `/apps/${app.id}`)
    expect(await budgetsOf('app', app.id)).toEqual([])
  })
})

describe('lost money', () => {
  async function lostBudget() {
    const app = await admin.create('/apps', { name: unique('app'), budgets: [{ ...month, hard: true }] })
    const [budget] = await budgetsOf('app', app.id)
    await setWindow(budget.budget_id, { posted: 10_000_000_000, leased: 5_000_000_000, lost: 30_000_000_000 })
    return { app, path: `/budgets/${budget.budget_id}/release-lost`, window_start: budget.window_start }
  }

  it('is released by whoever knows that it was not spent, once, and the audit says so', async () => {
    const { app, path, window_start } = await lostBudget()
    expect(await budgetsOf('app', app.id)).toMatchObject([{ lost_usd: 30, left_usd: 55 }])
    expect((await admin.call('POST', path, { window_start })).json).toEqual({ released_usd: 30 })
    expect(await budgetsOf('app', app.id)).toMatchObject([
      { lost_usd: 0, left_usd: 85, spent_usd: 10, held_usd: 5 },
    ])
    expect((await admin.call('POST', path, { window_start })).json).toEqual({ released_usd: 0 })
    const trail = await admin.gateway.sql`
      select actor, resource, details from audit where action = 'release' and resource_id = ${path.split('/')[2] ?? ''}`
    expect(trail).toEqual([
      { actor: 'token:environment', resource: 'budget', details: { window_start, usd: 30 } },
    ])
  })

  it('of another window, of no budget or without the right stays as it is', async () => {
    const { app, path, window_start } = await lostBudget()
    const before = new Date(Date.parse(window_start) - 1000).toISOString()
    expect((await admin.call('POST', path, { window_start: before })).json).toEqual({ released_usd: 0 })
    expect(await admin.refusal('POST', `/budgets/${newId()}/release-lost`, { window_start })).toMatchObject({
      status: 404,
    })
    expect(await admin.refusal('POST', path, {})).toMatchObject({ status: 400, param: 'window_start' })
    for (const role of ['developer', 'finance', 'viewer'] as const) {
      const person = await personWith(admin, role, `${unique(role)}@acme.example`)
      expect((await person.call('POST', path, { window_start })).status, role).toBe(403)
    }
    expect(await budgetsOf('app', app.id)).toMatchObject([{ lost_usd: 30 }])
  })
})

describe('how fast a budget burns', () => {
  /** Exactly the calls of one scope: one of each attribute that a budget can be for. */
  const scopes: [string, keyof LedgerRow][] = [
    ['app', 'app_id'],
    ['app_key', 'app_key_id'],
    ['pool', 'pool_id'],
    ['key', 'key_id'],
    ['tenant', 'tenant'],
    ['project', 'project'],
    ['feature', 'feature'],
  ]

  it.each(scopes)('is what its %s spent in the last 60 minutes', async (scope, column) => {
    const id = scope.includes('_') || ['app', 'pool', 'key'].includes(scope) ? newId() : unique('name')
    const budgetId = newId()
    await admin.gateway.sql`
      insert into budgets (id, scope, scope_id, period, limit_nanos) values (${budgetId}, ${scope}, ${id}, 'month', ${1_000_000_000_000})`
    await spend({ [column]: id }, 7, 61 * 60_000)
    for (const minutes of [1, 20, 40, 59]) await spend({ [column]: id }, 0.25, minutes * 60_000)
    await spend({}, 100, 60_000)
    await setWindow(budgetId, { posted: 1_000_000_000 })
    expect(await budgetsOf(scope, id)).toMatchObject([{ burn_usd_per_hour: null }])
    await setWindow(budgetId, { posted: 8_000_000_000 })
    expect(await budgetsOf(scope, id)).toMatchObject([{ burn_usd_per_hour: 1 }])
  })

  it('is, for everything, what all calls have spent', async () => {
    await admin.call('PUT', '/policies/global/all', { budgets: [{ ...month, limit_usd: 9_000_000 }] })
    await spend({ tenant: unique('name') }, 3, 2 * hour)
    await spend({ tenant: unique('name') }, 0.123456789, 5 * 60_000)
    const [{ budget_id }] = await budgetsOf('global', 'all')
    await setWindow(budget_id, { posted: 1e15 })
    const [spent] = await admin.gateway.sql`
      select sum(cost_nanos)::text as nanos from requests where ts >= now() - interval '1 hour'`
    expect(await budgetsOf('global', 'all')).toMatchObject([
      { burn_usd_per_hour: nanosToUsd(BigInt(spent?.nanos)) },
    ])
  })

  it('tells when it will be exhausted, and nothing when that is after its window', async () => {
    const app = await admin.create('/apps', { name: unique('app'), budgets: [month] })
    const [{ budget_id, window_end }] = await budgetsOf('app', app.id)
    await spend({ app_id: app.id }, 4, 30 * 60_000)
    const hoursLeft = (Date.parse(window_end) - Date.now()) / hour
    // Money for half of what is left of the window, then for one and a half.
    for (const [share, exhausts] of [
      [0.5, true],
      [1.5, false],
    ] as const) {
      const left = hoursLeft * share * 4
      await admin.call('PATCH', `/apps/${app.id}`, {
        budgets: [{ ...month, limit_usd: Number((50 + left).toFixed(6)) }],
      })
      await setWindow(budget_id, { posted: 50_000_000_000 })
      const [row] = await budgetsOf('app', app.id)
      const hours = (Date.parse(row.projected_exhaustion_at) - Date.now()) / hour
      expect(row.burn_usd_per_hour).toBe(4)
      if (exhausts) expect(hours).toBeCloseTo((row.limit_usd - 50) / 4, 1)
      else expect(row.projected_exhaustion_at).toBeNull()
    }
  })
})

it('a developer sees the budgets of their own apps and of these apps’ keys', async () => {
  const developer = await personWith(admin, 'developer')
  const budgets = [month]
  const own = await admin.create('/apps', { name: unique('app'), owner_email: developer.email, budgets })
  const ownKey = await admin.create(`/apps/${own.id}/keys`, { budgets })
  const foreign = await admin.create('/apps', { name: unique('app'), budgets })
  await admin.create(`/apps/${foreign.id}/keys`, { budgets })
  await admin.call('PUT', '/policies/tenant/default', { budgets })
  const { json } = await developer.call('GET', '/budgets?limit=200')
  expect(json.data.map((row: { id: string }) => row.id)).toEqual([own.id, ownKey.id])
  expect((await developer.call('GET', `/budgets?scope=app&id=${foreign.id}`)).status).toBe(404)
  expect((await developer.call('GET', '/budgets?scope=tenant&id=default')).json.data).toEqual([])
})
