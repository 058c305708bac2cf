/** Which key serves a call: strategies, tiers, standby, stickiness, fallbacks, switches, routes and waiting. */
import { setTimeout as sleep } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { modelRoutes, pools, requests } from '@/drizzle/schema'
import { startGateway, type TestGateway } from '../support/gateway'
import { startUpstream, type Upstream } from '../support/upstream'

let upstream: Upstream
let system: TestGateway
let provider: Awaited<ReturnType<TestGateway['add']['provider']>>
let rawKey: string
const keys: Record<string, { id: string }> = {}

beforeAll(async () => {
  upstream = await startUpstream()
  system = await startGateway({ AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin })
  provider = await system.add.provider({ slug: 'mock', baseUrl: upstream.baseUrl, modelPatterns: [] })
  await system.add.price(provider, '*', 1, 1)
  rawKey = (await system.add.appKey(await system.add.app('web'))).rawKey
})

afterAll(async () => {
  await system?.stop()
  await upstream?.stop()
})

beforeEach(() => upstream.reset())

let made = 0

/** A pool of new keys behind a model route of its own; returns the name of the model. */
async function routeTo(
  members: Record<string, { tier?: number; weight?: number; status?: 'active' | 'standby'; limits?: object }>,
  values: Partial<typeof pools.$inferInsert> = {},
) {
  const n = ++made
  const ids: string[] = []
  for (const [name, { limits, ...member }] of Object.entries(members)) {
    const row = await system.add.key(provider, `sk-${n}-${name}`, {
      ...member,
      limits: limits ? { rpm: null, tpm: null, concurrency: null, ...limits } : null,
    })
    keys[`${n}-${name}`] = row
    ids.push(row.id)
  }
  const pool = await system.add.pool(`pool-${n}`, ids, values)
  const model = `model-${n}`
  await system.add.route(model, [{ pool, model: 'gpt-4o' }])
  await system.gateway.refresh()
  return { n, model, pool }
}

async function call(model: string, content = 'hello', more: object = {}) {
  const startedAt = Date.now()
  const response = await fetch(`${system.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content }], ...more }),
  })
  const body = await response.json()
  const key = response.headers.get('x-akcp-key')
  const name = Object.entries(keys).find(([, { id }]) => id === key)?.[0]
  return { response, body, status: response.status, served: name?.split('-')[1], ms: Date.now() - startedAt }
}

async function serve(times: number, model: string, content?: (n: number) => string) {
  const served: Record<string, number> = {}
  for (let n = 0; n < times; n++) {
    const { served: name = 'none' } = await call(model, content?.(n))
    served[name] = (served[name] ?? 0) + 1
  }
  return served
}

async function rowOf(response: Response) {
  const id = response.headers.get('x-akcp-request') ?? ''
  for (let tries = 0; tries < 50; tries++) {
    const [row] = await system.database.db.select().from(requests).where(eq(requests.id, id))
    if (row) return row
    await sleep(20)
  }
  throw new Error(`no row ${id}`)
}

describe('a pool', () => {
  it('of round_robin serves by weight', async () => {
    const { model } = await routeTo({ a: { weight: 3 }, b: { weight: 1 } })
    expect(await serve(8, model)).toEqual({ a: 6, b: 2 })
  })

  it('of priority takes the next tier only while the better one cannot serve', async () => {
    const { n, model } = await routeTo({ best: { tier: 1 }, spare: { tier: 2 } }, { strategy: 'priority' })
    expect(await serve(3, model)).toEqual({ best: 3 })
    await upstream.fault({ secret: `sk-${n}-best`, status: 429, headers: { 'retry-after': '1' } })
    expect(await serve(2, model)).toEqual({ spare: 2 })
    await upstream.fault()
    await sleep(1100)
    expect((await serve(1, model)).best).toBe(1)
  })

  it('of lowest_cost takes the key of the cheapest provider', async () => {
    const cheap = await system.add.provider({ slug: 'cheap', baseUrl: upstream.baseUrl, modelPatterns: [] })
    await system.add.price(cheap, '*', 0.1, 0.1)
    const dear = await system.add.key(provider, 'sk-dear')
    const low = await system.add.key(cheap, 'sk-low')
    const pool = await system.add.pool('mixed', [dear.id, low.id], { strategy: 'lowest_cost' })
    await system.add.route('mixed-model', [{ pool, model: 'gpt-4o' }])
    await system.gateway.refresh()
    for (let n = 0; n < 3; n++) {
      expect((await call('mixed-model')).response.headers.get('x-akcp-key')).toBe(low.id)
    }
  })

  it('of least_latency leaves a slow key alone', async () => {
    const { n, model } = await routeTo({ fast: {}, slow: {} }, { strategy: 'least_latency' })
    await upstream.fault({ secret: `sk-${n}-slow`, delayMs: 300 })
    await serve(2, model)
    expect(await serve(10, model)).toEqual({ fast: 10 })
  })

  it('keeps a conversation at one key, and moves it only while that one cannot serve', async () => {
    const { n, model } = await routeTo({ a: {}, b: {}, c: {} }, { stickiness: 'conversation' })
    const [home] = Object.keys(await serve(5, model, () => 'tell me of bees'))
    expect(await serve(5, model, () => 'tell me of bees')).toEqual({ [home as string]: 5 })
    expect(Object.keys(await serve(24, model, (m) => `subject ${m}`)).length).toBe(3)
    await upstream.fault({ secret: `sk-${n}-${home}`, status: 429, headers: { 'retry-after': '1' } })
    expect((await call(model, 'tell me of bees')).served).not.toBe(home)
    await upstream.fault()
    await sleep(1100)
    expect((await call(model, 'tell me of bees')).served).toBe(home)
  })

  it('uses standby keys when no active one can serve, and for their percentage', async () => {
    const { n, model } = await routeTo({ active: {}, spare: { status: 'standby' } })
    expect(await serve(4, model)).toEqual({ active: 4 })
    await upstream.fault({ secret: `sk-${n}-active`, status: 401 })
    expect(await serve(2, model)).toEqual({ spare: 2 })
    const all = await routeTo({ active: {}, spare: { status: 'standby' } }, { standbyPercent: 100 })
    expect(await serve(3, all.model)).toEqual({ spare: 3 })
  })

  it('falls back to another pool when none of its own keys can serve', async () => {
    const fallback = await routeTo({ rescue: {} })
    const { n, model } = await routeTo({ only: {} }, { fallbackPoolId: fallback.pool.id })
    expect((await call(model)).served).toBe('only')
    await upstream.fault({ secret: `sk-${n}-only`, status: 401 })
    const { served, response } = await call(model)
    expect(served).toBe('rescue')
    expect(response.headers.get('x-akcp-pool')).toBe(fallback.pool.slug)
  })

  it('sends all of its calls to the pool that it is switched to, until then', async () => {
    const other = await routeTo({ other: {} })
    const { model, pool } = await routeTo({ own: {} })
    const until = new Date(Date.now() + 1500)
    await system.database.db
      .update(pools)
      .set({ switchToPoolId: other.pool.id, switchUntil: until })
      .where(eq(pools.id, pool.id))
    await system.gateway.refresh()
    expect((await call(model)).served).toBe('other')
    await sleep(Math.max(0, until.getTime() - Date.now()) + 50)
    expect((await call(model)).served).toBe('own')
  })

  it('passes over a key at its own limit before the provider says so, and says why', async () => {
    const { n, model } = await routeTo(
      { weak: { limits: { rpm: 2 } }, strong: {} },
      { strategy: 'round_robin' },
    )
    expect(await serve(8, model)).toEqual({ weak: 2, strong: 6 })
    const row = await rowOf((await call(model)).response)
    expect(row.decision).toMatchObject({
      strategy: 'round_robin',
      candidates: [keys[`${n}-strong`]?.id],
      skipped: [{ key_id: keys[`${n}-weak`]?.id, why: 'over its rpm' }],
    })
  })

  it('answers 429 with the soonest reset when all of its keys are at their limits', async () => {
    const { model } = await routeTo({ a: { limits: { rpm: 1 } }, b: { limits: { rpm: 1 } } })
    await serve(2, model)
    const { status, body, response } = await call(model)
    expect([status, body.error.code]).toEqual([429, 'rate_limit_exceeded'])
    expect(body.error.limit).toMatchObject({ scope: 'key', kind: 'rpm', limit: 1 })
    const seconds = Number(response.headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(50)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(body.error.limit.reset_seconds).toBe(seconds)
  })

  it('lets a call wait for the soonest key where it is allowed to', async () => {
    const { n, model } = await routeTo({ a: { limits: { concurrency: 1 } } }, { waitSeconds: 5 })
    await upstream.fault({ secret: `sk-${n}-a`, hang: true, times: 1 })
    const controller = new AbortController()
    void fetch(`${system.address}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'x' }] }),
      signal: controller.signal,
    }).catch(() => {})
    await sleep(200)
    const waiting = call(model)
    await sleep(500)
    controller.abort()
    const { status, ms, response } = await waiting
    expect(status).toBe(200)
    expect(ms).toBeGreaterThan(400)
    expect((await rowOf(response)).decision).toBeNull
  })

  it('for other tenants or models is of no use, and says so', async () => {
    const { model } = await routeTo({ a: {} }, { tenantScope: ['globex'] })
    const refused = await call(model)
    expect([refused.status, refused.body.error.code]).toEqual([503, 'no_healthy_key'])
    expect(refused.body.error.message).toContain('tenant not allowed')
  })
})

describe('a model route', () => {
  it('goes to its next target when the first is slower than the route wants, and holds that against no key', async () => {
    const first = await routeTo({ slow: {} })
    const second = await routeTo({ quick: {} })
    await system.add.route('impatient', [
      { pool: first.pool, model: 'gpt-4o', firstByteTimeoutMs: 200 },
      { pool: second.pool, model: 'gpt-4o-mini' },
    ])
    await system.gateway.refresh()
    await upstream.fault({ secret: `sk-${first.n}-slow`, hang: true })
    for (let times = 0; times < 4; times++) {
      const { served, response, ms } = await call('impatient')
      expect([served, response.headers.get('x-akcp-model')]).toEqual(['quick', 'gpt-4o-mini'])
      expect(ms).toBeGreaterThan(190)
      expect(ms).toBeLessThan(400)
      expect((await rowOf(response)).attempts).toMatchObject([{ class: 'timeout' }, { class: null }])
    }
    await upstream.fault()
    expect((await call('impatient')).served).toBe('slow')
  })

  it('may end in * and hand the rest of the name on', async () => {
    const { pool } = await routeTo({ a: {} })
    await system.add.route('team/*', [{ pool, model: 'gpt-*' }])
    await system.gateway.refresh()
    expect((await call('team/4o-mini')).response.headers.get('x-akcp-model')).toBe('gpt-4o-mini')
    await system.database.db.delete(modelRoutes).where(eq(modelRoutes.name, 'team/*'))
  })
})

describe('retries', () => {
  it('try every key once before one is tried again, and count no fault of a key as a retry', async () => {
    const { n, model } = await routeTo({ a: {}, b: {}, c: {}, d: {}, e: {} })
    await upstream.fault(
      { secret: `sk-${n}-a`, status: 429 },
      { secret: `sk-${n}-b`, status: 401 },
      { secret: `sk-${n}-c`, status: 402 },
      { secret: `sk-${n}-d`, status: 500 },
    )
    const { served, response } = await call(model)
    expect(served).toBe('e')
    const { attempts } = await rowOf(response)
    expect(new Set(attempts.map(({ key_id }) => key_id)).size).toBe(attempts.length)
  })

  it('try the only key again after a pause, when it may have been bad luck', async () => {
    const { n, model } = await routeTo({ only: {} })
    await upstream.fault({ secret: `sk-${n}-only`, status: 500, times: 2 })
    const { status, response } = await call(model)
    expect(status).toBe(200)
    expect((await rowOf(response)).attempts.map((attempt) => attempt.class)).toEqual([
      'provider',
      'provider',
      null,
    ])
  })

  it('do not follow an answer about the request itself', async () => {
    const { n, model } = await routeTo({ a: {}, b: {} })
    await upstream.fault({ status: 400 })
    const { status, response } = await call(model)
    expect(status).toBe(400)
    expect((await rowOf(response)).attempts).toHaveLength(1)
    expect(n).toBeGreaterThan(0)
  })
})
