import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAdminApp } from '@/lib/admin/app'
import { connect, type Database } from '@/lib/data/database'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import { parseEnv } from '@/lib/env'
import { newId } from '@/lib/id'
import { adminToken } from '../support/admin'
import { pepper, startGateway, type TestGateway } from '../support/gateway'

const secret = 'sk-balance-0123456789'
/** What the vendor answers at /account/credit, and how often it was asked. */
const vendor: { status: number; body: unknown; asked: string[] } = { status: 200, body: {}, asked: [] }
let server: Server
let gateway: TestGateway
let portal: Database
let app: ReturnType<typeof createAdminApp>

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/account/credit') vendor.asked.push(request.headers.authorization ?? '')
    response.statusCode = request.url === '/account/credit' ? vendor.status : 404
    response.end(JSON.stringify(vendor.body))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  gateway = await startGateway({ AKCP_ALLOW_PRIVATE_ORIGINS: host })
  portal = connect(gateway.fresh.portalUrl, { max: 2 })
  const env = parseEnv({
    AKCP_ADMIN_TOKEN: adminToken,
    AKCP_APP_KEY_PEPPER: pepper,
    AKCP_ALLOW_PRIVATE_ORIGINS: host,
  })
  app = createAdminApp({ database: portal, env, afterChange: () => gateway.gateway.refresh() })
  await call('POST', '/providers', { slug: 'house', base_url: `http://${host}/v1` })
  await gateway.gateway.runDue()
})
afterAll(async () => {
  await portal?.close()
  await gateway?.stop()
  server?.closeAllConnections()
})

async function call(method: string, path: string, body?: unknown) {
  const response = await app.request(`/api/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  // biome-ignore lint/suspicious/noExplicitAny: answers are what the tests are about.
  return { status: response.status, json: (text ? JSON.parse(text) : null) as any }
}

async function readNow() {
  await gateway.database.sql`update jobs set due_at = now() where job = 'balances'`
  const report = (await gateway.gateway.runDue()).find(({ job }) => job === 'balances')
  expect([report?.ran, report?.error]).toEqual([true, undefined])
  return report?.details
}

let keys = 0
async function addKey(): Promise<string> {
  const { status, json } = await call('POST', '/keys', {
    provider: 'house',
    name: `key ${++keys}`,
    secret: secret + keys,
  })
  expect(status).toBe(201)
  return json.id
}

/** Dollars that a key has cost, so many minutes ago. */
async function spend(keyId: string, usd: number, minutesAgo: number, kind: LedgerRow['kind'] = 'call') {
  const row: LedgerRow = {
    id: newId(),
    ts: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
    kind,
    outcome: 'ok',
    request_id: 'r',
    process_id: newId(),
    app_id: null,
    app_key_id: null,
    key_id: keyId,
    pool_id: null,
    provider_id: null,
    environment: 'production',
    tenant: 't',
    project: 'p',
    feature: 'f',
    endpoint: 'chat/completions',
    model: 'm',
    served_model: 'm',
    stream: false,
    input_tokens: 1,
    cached_input_tokens: 0,
    output_tokens: 1,
    reasoning_tokens: 0,
    cost_nanos: String(Math.round(usd * 1e9)),
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
  }
  await foldRequests(gateway.database, [JSON.stringify(row)])
}

const balanceOf = async (id: string) => (await call('GET', `/keys/${id}`)).json.balance

describe('where the provider tells it', () => {
  let id: string
  beforeAll(async () => {
    const { json } = await call('GET', '/providers')
    const balance = { path: '/account/credit', pointer: '/data/left', currency: 'CNY' }
    const patched = await call('PATCH', `/providers/${json.data[0].id}`, { balance })
    expect(patched.json).toMatchObject({ balance, reads_balance: true })
    id = await addKey()
  })
  afterAll(async () => {
    const { json } = await call('GET', '/providers')
    const patched = await call('PATCH', `/providers/${json.data[0].id}`, { balance: null })
    expect(patched.json).toMatchObject({ balance: null, reads_balance: false })
    await call('DELETE', `/keys/${id}`)
  })

  it('is read with the key, in its own currency and in dollars', async () => {
    vendor.body = { data: { left: '100.50' } }
    expect(await readNow()).toEqual({ read: 1, failed: 0 })
    expect(vendor.asked).toEqual([`Bearer ${secret}1`])
    expect(await balanceOf(id)).toEqual({
      amount: 100.5,
      currency: 'CNY',
      usd: 14.07,
      source: 'api',
      read_at: expect.any(String),
      days_left: null,
    })
  })

  it('lasts for so many days at the pace of the last week', async () => {
    await spend(id, 4, 2 * 24 * 60)
    await spend(id, 2, 60)
    await spend(id, 100, 10 * 24 * 60)
    await readNow()
    // $6 in the two days since the first of them.
    expect((await balanceOf(id)).days_left).toBeCloseTo(14.07 / 3, 0)
  })

  it('follows a rate that the organisation sets', async () => {
    const rates = { CNY: { usd: 0.2, as_of: '2026-11-20' } }
    const { json } = await call('PATCH', '/settings', { exchange_rates: rates })
    expect(json.exchange_rates).toMatchObject({
      CNY: { usd: 0.2, as_of: '2026-11-20', source: 'set' },
      EUR: { source: 'default' },
    })
    await readNow()
    expect((await balanceOf(id)).usd).toBe(20.1)
    await call('PATCH', '/settings', { exchange_rates: null })
    expect((await call('GET', '/settings')).json.exchange_rates.CNY.source).toBe('default')
  })

  it('stays as it was last read when it cannot be read, and the key says why, without its secret', async () => {
    vendor.status = 403
    vendor.body = { error: { message: `the key ${secret}1 may not` } }
    expect(await readNow()).toEqual({ read: 0, failed: 1 })
    const { balance, balance_error } = (await call('GET', `/keys/${id}`)).json
    expect(balance.amount).toBe(100.5)
    expect(balance_error).toBe('HTTP 403: the key [key] may not')
    vendor.status = 200
    vendor.body = { data: { left: 99 } }
    await readNow()
    expect((await call('GET', `/keys/${id}`)).json).toMatchObject({
      balance: { amount: 99 },
      balance_error: null,
    })
  })
})

describe('where nobody tells it', () => {
  it('is typed in and becomes less with what the key costs, probes too', async () => {
    const id = await addKey()
    await spend(id, 50, 30)
    const put = await call('PUT', `/keys/${id}/balance`, { amount: 20, currency: 'USD' })
    expect(put.json.balance).toMatchObject({ amount: 20, usd: 20, source: 'manual', days_left: null })
    await gateway.database.sql`
      update balances set read_at = now() - interval '20 minutes' where key_id = ${id}`
    await spend(id, 3, 19)
    await spend(id, 1.5, 1)
    await spend(id, 0.25, 1, 'probe')
    expect(await readNow()).toEqual({ read: 0, failed: 0 })
    expect(await balanceOf(id)).toMatchObject({ amount: 15.25, usd: 15.25, source: 'manual' })
    await readNow()
    expect(await balanceOf(id)).toMatchObject({ amount: 15.25, days_left: expect.any(Number) })
    await call('PUT', `/keys/${id}/balance`, { amount: 100, currency: 'CNY' })
    await spend(id, 1.4, 0)
    await readNow()
    expect(await balanceOf(id)).toMatchObject({ amount: 90, currency: 'CNY', usd: 12.6 })
    expect((await call('DELETE', `/keys/${id}/balance`)).status).toBe(204)
    expect(await balanceOf(id)).toBeNull()
  })

  it.each([
    [{ amount: 5, currency: 'CHF' }, 'currency', /exchange rate for CHF/],
    [{ amount: 5, currency: 'yuan' }, 'currency', /three capital letters/],
    [{ amount: 'five' }, 'amount', /number/],
    [{ amount: 5, usd: 5 }, 'usd', /unknown field "usd"/],
  ])('%j is refused', async (body, param, message) => {
    const id = await addKey()
    const { status, json } = await call('PUT', `/keys/${id}/balance`, body)
    expect([status, json.error.param]).toEqual([400, param])
    expect(json.error.message).toMatch(message)
  })
})

it.each([
  [{ path: 'https://elsewhere.example/x', pointer: '/a', currency: 'USD' }, 'balance.path'],
  [{ path: '//elsewhere.example/x', pointer: '/a', currency: 'USD' }, 'balance.path'],
  [{ path: '/x', pointer: 'a.b', currency: 'USD' }, 'balance.pointer'],
  [{ path: '/x', pointer: '/a', currency: '$' }, 'balance.currency'],
])('a provider’s balance %j is refused', async (balance, param) => {
  const { json } = await call('GET', '/providers')
  const refused = await call('PATCH', `/providers/${json.data[0].id}`, { balance })
  expect([refused.status, refused.json.error.param]).toEqual([400, param])
})

it.each([
  [{ USD: { usd: 1, as_of: '2026-01-01' } }],
  [{ CNY: { usd: 0, as_of: '2026-01-01' } }],
  [{ CNY: { usd: 0.1, as_of: 'today' } }],
  [{ yuan: { usd: 0.1, as_of: '2026-01-01' } }],
])('exchange rates %j are refused', async (exchange_rates) => {
  const { status, json } = await call('PATCH', '/settings', { exchange_rates })
  expect([status, String(json.error.param).split('.')[0]]).toEqual([400, 'exchange_rates'])
})
