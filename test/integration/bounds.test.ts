/** Limits, budgets and their ladders through the gateway, with what a client is told. */
import { setTimeout as sleep } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { apps, budgets, budgetWindows, requests } from '@/drizzle/schema'
import { startGateway, type TestGateway } from '../support/gateway'
import { startUpstream, type Upstream } from '../support/upstream'

/** What every answer of the upstream reports: 19 tokens in, 14 out. */
const tokens = 33
const none = { rpm: null, tpm: null, concurrency: null }

let upstream: Upstream
let system: TestGateway
let provider: Awaited<ReturnType<TestGateway['add']['provider']>>
let keyId: string
let made = 0

beforeAll(async () => {
  upstream = await startUpstream()
  system = await startGateway({ AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin })
  provider = await system.add.provider({ slug: 'mock', baseUrl: upstream.baseUrl })
  keyId = (await system.add.key(provider, 'sk-only')).id
  // A dollar for a thousand tokens of output, input is free: an answer costs 0.014.
  await system.add.price(provider, 'gpt-*', 0, 1000)
  await system.add.price(provider, 'cheap', 0, 1)
  await system.gateway.refresh()
})

afterAll(async () => {
  await system?.stop()
  await upstream?.stop()
})

beforeEach(() => upstream.reset())

/** An app with a tenant, project and app key of its own. */
async function newApp(values: Partial<typeof apps.$inferInsert> = {}) {
  const n = ++made
  const app = await system.add.app(`app-${n}`, { tenant: `tenant-${n}`, project: `project-${n}`, ...values })
  const { rawKey, id: appKeyId } = await system.add.appKey(app)
  return { n, app, rawKey, appKeyId }
}

async function call(rawKey: string, more: object = {}, headers: Record<string, string> = {}) {
  const response = await fetch(`${system.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }], ...more }),
  })
  const body = await response.json()
  return {
    status: response.status,
    headers: response.headers,
    body,
    error: body.error,
    code: body.error?.code,
  }
}

async function windowOf(budgetId: string) {
  const [row] = await system.database.db
    .select()
    .from(budgetWindows)
    .where(eq(budgetWindows.budgetId, budgetId))
  return { posted: row?.postedNanos ?? 0n, leased: row?.leasedNanos ?? 0n }
}

async function until<T>(read: () => Promise<T>, wanted: (value: T) => boolean, ms = 5000): Promise<T> {
  const deadline = Date.now() + ms
  for (;;) {
    const value = await read()
    if (wanted(value)) return value
    if (Date.now() > deadline) throw new Error(`still ${String(JSON.stringify(value))}`)
    await sleep(50)
  }
}

describe('a limit', () => {
  const scopes: [string, (own: Awaited<ReturnType<typeof newApp>>, limits: object) => Promise<unknown>][] = [
    ['app', ({ app }, limits) => set(apps, app.id, limits)],
    ['tenant', ({ n }, limits) => system.add.policy('tenant', `tenant-${n}`, { limits: limits as never })],
    ['project', ({ n }, limits) => system.add.policy('project', `project-${n}`, { limits: limits as never })],
  ]
  async function set(table: typeof apps, id: string, limits: object) {
    await system.database.db
      .update(table)
      .set({ limits: limits as never })
      .where(eq(table.id, id))
  }

  it.each(scopes)(
    'of requests on the %s refuses what is over it, and says when it is free',
    async (scope, limit) => {
      const own = await newApp()
      await limit(own, { ...none, rpm: 2 })
      await system.gateway.refresh()
      const first = await call(own.rawKey)
      expect(first.status).toBe(200)
      expect(first.headers.get('x-ratelimit-limit-requests')).toBe('2')
      expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('1')
      expect(first.headers.get('x-ratelimit-reset-requests')).toMatch(/^(\d+m)?\d+(\.\d)?s$/)
      expect((await call(own.rawKey)).status).toBe(200)
      const refused = await call(own.rawKey)
      expect([refused.status, refused.code]).toEqual([429, 'rate_limit_exceeded'])
      const seconds = Number(refused.headers.get('retry-after'))
      expect(refused.error.limit).toEqual({ scope, kind: 'rpm', limit: 2, reset_seconds: seconds })
      expect(seconds).toBeGreaterThan(50)
    },
  )

  it('of an app key, a feature and of all holds as well', async () => {
    const own = await newApp()
    const { rawKey } = await system.add.appKey(own.app, { limits: { ...none, rpm: 1 } })
    await system.add.policy('feature', `f-${own.n}`, { limits: { ...none, rpm: 1 } })
    await system.gateway.refresh()
    expect((await call(rawKey)).status).toBe(200)
    expect((await call(rawKey)).error.limit.scope).toBe('app_key')
    const feature = { 'x-feature': `f-${own.n}` }
    expect((await call(own.rawKey, {}, feature)).status).toBe(200)
    expect((await call(own.rawKey, {}, feature)).error.limit.scope).toBe('feature')
    expect((await call(own.rawKey)).status).toBe(200)
  })

  it('of tokens is settled with what was really used', async () => {
    const own = await newApp({ limits: { ...none, tpm: 1000 } })
    await system.gateway.refresh()
    // An estimate of 900 and more each: the second fits only because the first has given back what it did not use.
    const first = await call(own.rawKey, { max_tokens: 900 })
    expect(first.headers.get('x-ratelimit-limit-tokens')).toBe('1000')
    expect((await call(own.rawKey, { max_tokens: 900 })).status).toBe(200)
    const third = await call(own.rawKey, { max_tokens: 10 })
    expect(Number(third.headers.get('x-ratelimit-remaining-tokens'))).toBeGreaterThan(1000 - 3 * tokens - 60)
    const fourth = await call(own.rawKey, { max_tokens: 950 })
    expect(fourth.error.limit).toMatchObject({ scope: 'app', kind: 'tpm', limit: 1000 })
  })

  it('of concurrency counts calls that run, and is free when they end', async () => {
    const own = await newApp({ limits: { ...none, concurrency: 1 } })
    await system.gateway.refresh()
    await upstream.fault({ delayMs: 400 })
    const [first, second] = await Promise.all([call(own.rawKey), sleep(100).then(() => call(own.rawKey))])
    expect(first.status).toBe(200)
    expect(second.error.limit).toMatchObject({ scope: 'app', kind: 'concurrency', limit: 1 })
    expect(second.error.hint).toContain('fewer at the same time')
    expect((await call(own.rawKey)).status).toBe(200)
  })

  it('is not used up by calls that fail', async () => {
    const own = await newApp({ limits: { ...none, rpm: 1 } })
    await system.gateway.refresh()
    expect((await call(own.rawKey, { model: 'nothing/known' })).status).toBe(200)
    const other = await newApp({ limits: { ...none, rpm: 1 }, allowedModels: ['gpt-4o'] })
    await system.gateway.refresh()
    expect((await call(other.rawKey, { model: 'gpt-5' })).code).toBe('model_not_allowed')
    await upstream.fault({ status: 400 })
    expect((await call(other.rawKey)).status).toBe(400)
    await upstream.fault()
    expect((await call(other.rawKey)).status).toBe(200)
    expect((await call(other.rawKey)).status).toBe(429)
  })
})

describe('a hard budget', () => {
  it('admits exactly what it can pay for, with 200 calls at once, and posts every cent', async () => {
    const own = await newApp()
    const budget = await system.add.budget('app', own.app.id, 0.14, { hard: true })
    await system.gateway.refresh()
    const answers = await Promise.all(Array.from({ length: 200 }, () => call(own.rawKey, { max_tokens: 14 })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10)
    const refused = answers.find(({ status }) => status !== 200)
    expect([refused?.status, refused?.code]).toEqual([429, 'insufficient_quota'])
    expect(refused?.headers.get('x-should-retry')).toBe('false')
    expect(refused?.error.budget).toMatchObject({ scope: 'app', period: 'day', limit_usd: 0.14 })
    expect(Date.parse(refused?.error.budget.resets_at)).toBeGreaterThan(Date.now())
    expect(
      await until(
        () => windowOf(budget.id),
        ({ posted, leased }) => posted === 140_000_000n && leased === 0n,
      ),
    ).toBeTruthy()
  })

  it('gives a call without max_tokens what it can afford, sends that upstream and says so', async () => {
    const own = await newApp({ defaultMaxOutputTokens: 100 })
    await system.add.budget('app', own.app.id, 0.05, { hard: true })
    await system.gateway.refresh()
    const { headers } = await call(own.rawKey)
    expect(headers.get('x-akcp-max-tokens-applied')).toBe('50')
    expect(headers.get('x-akcp-budget-remaining-usd')).toBe('0.050000')
    const sent = (await upstream.journal()).at(-1)
    expect((sent?.body as { max_tokens?: number } | undefined)?.max_tokens).toBe(50)
    const second = await call(own.rawKey)
    expect(second.headers.get('x-akcp-max-tokens-applied')).toBe('36')
    const third = await call(own.rawKey, { max_tokens: 14 })
    expect(third.headers.get('x-akcp-max-tokens-applied')).toBeNull()
  })

  it('refuses what has no price, unless one of 0 is set', async () => {
    const own = await newApp()
    await system.add.budget('app', own.app.id, 1, { hard: true })
    await system.gateway.refresh()
    const refused = await call(own.rawKey, { model: 'home-made' })
    expect([refused.status, refused.code]).toEqual([400, 'model_unpriced'])
    await system.add.price(provider, 'home-made', 0, 0)
    await system.gateway.refresh()
    expect((await call(own.rawKey, { model: 'home-made' })).status).toBe(200)
  })

  it('keeps what was spent when its limit is changed, in both directions', async () => {
    const own = await newApp()
    const budget = await system.add.budget('app', own.app.id, 0.028, { hard: true })
    await system.gateway.refresh()
    const ask = () => call(own.rawKey, { max_tokens: 14 })
    expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([200, 200, 429])
    const change = async (limit: number) => {
      const limitNanos = BigInt(Math.round(limit * 1e9))
      await system.database.db.update(budgets).set({ limitNanos }).where(eq(budgets.id, budget.id))
      await system.gateway.refresh()
    }
    await change(0.042)
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 429])
    await change(0.01)
    expect((await ask()).code).toBe('insufficient_quota')
  })

  it('of a key sends calls to another key, and of all keys refuses them for want of money', async () => {
    const other = await system.add.provider({ slug: 'rich', baseUrl: upstream.baseUrl, modelPatterns: [] })
    await system.add.price(other, '*', 0, 1000)
    const [poor, well] = [await system.add.key(other, 'sk-poor'), await system.add.key(other, 'sk-well')]
    const pool = await system.add.pool('money', [poor.id, well.id])
    await system.add.route('money', [{ pool, model: 'gpt-4o' }])
    await system.add.budget('key', poor.id, 0.014, { hard: true })
    const own = await newApp()
    await system.gateway.refresh()
    const ask = () => call(own.rawKey, { model: 'money', max_tokens: 14 })
    const served = []
    for (let n = 0; n < 5; n++) served.push((await ask()).headers.get('x-akcp-key'))
    expect(served.filter((id) => id === poor.id)).toHaveLength(1)
    await system.add.budget('pool', pool.id, 0.014 * 6, { hard: true })
    await system.gateway.refresh()
    for (let n = 0; n < 6; n++) expect((await ask()).status).toBe(200)
    const refused = await ask()
    expect([refused.status, refused.code, refused.error.budget.scope]).toEqual([
      429,
      'insufficient_quota',
      'pool',
    ])
  })

  it('holds nothing for calls that fail or whose client leaves, beyond what was used', async () => {
    const own = await newApp()
    const budget = await system.add.budget('app', own.app.id, 0.014, { hard: true })
    await system.gateway.refresh()
    await upstream.fault({ status: 400 })
    for (let n = 0; n < 3; n++) expect((await call(own.rawKey, { max_tokens: 14 })).status).toBe(400)
    await upstream.fault()
    expect((await call(own.rawKey, { max_tokens: 14 })).status).toBe(200)
    expect((await windowOf(budget.id)).posted <= 14_000_000n).toBe(true)
  })
})

describe('a ladder', () => {
  const rung = (at: number, action: string, more: object = {}) => ({ at, action, ...more }) as never

  /** Spends 14 of 20 thousandths, then waits until that is known. */
  async function spend(rawKey: string) {
    expect((await call(rawKey)).status).toBe(200)
    await sleep(50)
  }

  it('stops new calls at its share', async () => {
    const own = await newApp()
    await system.add.budget('tenant', `tenant-${own.n}`, 0.02, { ladder: [rung(0.5, 'stop')] })
    await system.gateway.refresh()
    await spend(own.rawKey)
    const refused = await call(own.rawKey)
    expect([refused.status, refused.code]).toEqual([429, 'insufficient_quota'])
    expect(refused.error.budget.scope).toBe('tenant')
  })

  it('moves calls to a cheaper model, by the route or the pool, and says from which', async () => {
    const own = await newApp()
    await system.add.budget('app', own.app.id, 0.02, { ladder: [rung(0.5, 'downgrade')] })
    const pool = await system.add.pool('ladder', [keyId], { modelPriority: ['gpt-4o', 'cheap'] })
    await system.add.route('dear', [{ pool, model: 'gpt-4o' }])
    await system.add.route('cheap', [{ pool, model: 'cheap' }])
    await system.gateway.refresh()
    const first = await call(own.rawKey, { model: 'dear' })
    expect(first.headers.get('x-akcp-downgraded-from')).toBeNull()
    await sleep(50)
    const second = await call(own.rawKey, { model: 'dear' })
    expect(second.headers.get('x-akcp-model')).toBe('cheap')
    expect(second.headers.get('x-akcp-downgraded-from')).toBe('dear')
  })

  it('lets only listed models through', async () => {
    const own = await newApp()
    await system.add.budget('app', own.app.id, 0.02, {
      ladder: [rung(0.5, 'economy', { models: ['cheap'] })],
    })
    await system.gateway.refresh()
    await spend(own.rawKey)
    const refused = await call(own.rawKey)
    expect([refused.status, refused.code, refused.error.param]).toEqual([429, 'insufficient_quota', 'model'])
    expect(refused.error.hint).toContain('cheap')
    expect((await call(own.rawKey, { model: 'cheap' })).status).toBe(200)
  })

  it('throttles', async () => {
    const own = await newApp()
    await system.add.budget('app', own.app.id, 0.02, { ladder: [rung(0.5, 'throttle', { rpm: 1 })] })
    await system.gateway.refresh()
    await spend(own.rawKey)
    expect((await call(own.rawKey)).status).toBe(200)
    expect((await call(own.rawKey)).code).toBe('rate_limit_exceeded')
  })
})

describe('GET /me', () => {
  it('tells an app what it has used, what is left, and what went wrong', async () => {
    const own = await newApp({ limits: { ...none, rpm: 2 } })
    await system.add.budget('app', own.app.id, 0.1, { hard: true })
    await system.gateway.refresh()
    await call(own.rawKey, { max_tokens: 14 })
    await upstream.fault({ status: 400 })
    await call(own.rawKey, { max_tokens: 14 })
    await upstream.fault()
    const ask = async () => {
      const response = await fetch(`${system.address}/api/v1/me`, {
        headers: { authorization: `Bearer ${own.rawKey}` },
      })
      return await response.json()
    }
    // Each part is asked for by itself: the answer may have been made while the rows were written.
    const told = await until(
      ask,
      ({ usage, budgets, last_errors }) =>
        usage.today.requests === 2 && budgets[0].spent_usd > 0 && last_errors.length > 0,
    )
    expect(told).toMatchObject({
      app: { id: own.app.id, name: own.app.name, limits: { rpm: 2 } },
      app_key: { id: own.appKeyId },
      usage: { today: { requests: 2, errors: 1, cost_usd: 0.014 }, month: { requests: 2 } },
      budgets: [{ scope: 'app', period: 'day', hard: true, limit_usd: 0.1, spent_usd: 0.014 }],
      last_errors: [{ status: 400, error_class: 'request', error_code: 'invalid_request' }],
    })
  })
})

describe('what a client is told', () => {
  it('is in the language of its app', async () => {
    const own = await newApp({ language: 'zh', limits: { ...none, rpm: 1 } })
    await system.gateway.refresh()
    await call(own.rawKey)
    const refused = await call(own.rawKey)
    expect(refused.error.hint).toContain('请按 Retry-After 等待')
    expect((await call(own.rawKey, { model: '' })).error.hint).toContain('请填写')
  })

  it('reaches the ledger: refusals have a row without attempts', async () => {
    const own = await newApp({ limits: { ...none, rpm: 1 } })
    await system.gateway.refresh()
    await call(own.rawKey)
    await call(own.rawKey)
    const rows = await until(
      () => system.database.db.select().from(requests).where(eq(requests.appId, own.app.id)),
      (found) => found.length === 2,
    )
    expect(rows.find(({ outcome }) => outcome === 'refused')).toMatchObject({
      errorCode: 'rate_limit_exceeded',
      attempts: [],
      costNanos: 0n,
    })
  })
})
