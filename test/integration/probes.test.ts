import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { healthEvents, keyChecks, keyHealth, requests } from '@/drizzle/schema'
import { startGateway, type TestGateway } from '../support/gateway'
import { startUpstream, type Upstream } from '../support/upstream'

let upstream: Upstream
let gateway: TestGateway
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream?.stop())
beforeEach(async () => {
  gateway = await startGateway({ AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin })
  await gateway.gateway.runDue()
})
afterEach(async () => {
  await gateway?.stop()
  await upstream.reset()
})

type KeyValues = Parameters<TestGateway['add']['key']>[2]
const always = { enabled: true, interval_seconds: 30, paid: false, monthly_limit_usd: 1 }

async function addKey(secret: string, values: KeyValues = {}) {
  const provider = await gateway.add.provider({ slug: 'mock', baseUrl: upstream.baseUrl })
  const key = await gateway.add.key(provider, secret, values)
  await gateway.gateway.refresh()
  return { provider, key }
}

/** Makes every key's turn come, and runs the job. */
async function probeNow() {
  const { sql } = gateway.database
  await sql`update jobs set due_at = now() where job = 'probes'`
  await sql`update key_checks set next_probe_at = now() - interval '1 second'`
  const report = (await gateway.gateway.runDue()).find(({ job }) => job === 'probes')
  expect([report?.ran, report?.error]).toEqual([true, undefined])
  return report?.details
}

const asked = async () => (await upstream.connections()).map(({ path }) => path)
const healthOf = async () => await gateway.database.db.select().from(keyHealth)
const eventsOf = async () => await gateway.database.db.select().from(healthEvents).orderBy(healthEvents.ts)

/** As another process would: the time to try a key again has come. */
const letItTryAgain = () => gateway.database.sql`
  update key_health set updated_at = now(), details = jsonb_set(
    jsonb_set(details, '{process_id}', to_jsonb(gen_random_uuid()::text)), '{health,nextTryAt}', '0')`

describe('a key that nobody calls', () => {
  it('is asked for its models, at no cost, in its turn', async () => {
    const { key } = await addKey('sk-idle')
    expect(await probeNow()).toEqual({ probed: 1, failed: 0 })
    expect(await asked()).toEqual(['/models'])
    const [check] = await gateway.database.db.select().from(keyChecks)
    expect(check).toMatchObject({ keyId: key.id, probe: { ok: true, model: null, status: 200 } })
    expect(Number(check?.nextProbeAt) - Date.now()).toBeGreaterThan(260_000)
    await gateway.database.sql`update jobs set due_at = now() where job = 'probes'`
    await gateway.gateway.runDue()
    expect(await asked()).toHaveLength(1)
    expect(await gateway.database.db.select().from(requests)).toEqual([])
  })

  it.each([
    ['off', { probe: { ...always, enabled: false } }],
    ['disabled', { status: 'disabled' as const }],
  ])('is left alone when it is %s', async (_name, values) => {
    await addKey('sk-alone', values)
    expect(await probeNow()).toEqual({ probed: 0, failed: 0 })
    expect(await asked()).toEqual([])
  })

  it('goes out when its secret is refused, and comes back when it is not', async () => {
    const { key } = await addKey('sk-refused')
    await upstream.fault({ secret: 'sk-refused', status: 401 })
    expect(await probeNow()).toEqual({ probed: 1, failed: 1 })
    await expect.poll(healthOf).toMatchObject([{ keyId: key.id, state: 'down', reason: 'auth' }])
    const app = await gateway.add.app('caller')
    const { rawKey } = await gateway.add.appKey(app)
    await gateway.gateway.refresh()
    const call = gateway.openai(rawKey).chat.completions.create({ model: 'm', messages: [] })
    await expect(call).rejects.toMatchObject({ status: 503, code: 'no_healthy_key' })

    await upstream.fault()
    expect(await probeNow()).toEqual({ probed: 0, failed: 0 })
    await letItTryAgain()
    await expect.poll(probeNow, { timeout: 5000, interval: 500 }).toEqual({ probed: 1, failed: 0 })
    await expect.poll(eventsOf).toMatchObject([
      { signal: 'canary', result: 'down', errorClass: 'auth' },
      { signal: 'canary', result: 'up', errorClass: null },
    ])
  })

  it('goes out after three failures in a row, each a few seconds after the other', async () => {
    await addKey('sk-broken')
    await upstream.fault({ secret: 'sk-broken', status: 500 })
    for (let n = 0; n < 2; n++) await probeNow()
    const [check] = await gateway.database.db.select().from(keyChecks)
    expect(Number(check?.nextProbeAt) - Date.now()).toBeLessThan(11_000)
    await probeNow()
    await expect.poll(healthOf).toMatchObject([{ state: 'cooling', reason: 'provider' }])
    await upstream.fault()
    const probed = async () => {
      await probeNow()
      return (await healthOf())[0]?.state
    }
    await expect.poll(probed, { timeout: 10_000, interval: 500 }).toBe('up')
    await expect.poll(eventsOf).toMatchObject([
      { signal: 'canary', result: 'cooling', errorClass: 'provider' },
      { signal: 'canary', result: 'up', errorClass: null },
    ])
  })

  it('stays where a provider has no list of models', async () => {
    await addKey('sk-bare')
    await upstream.fault({ secret: 'sk-bare', status: 404 })
    for (let n = 0; n < 4; n++) await probeNow()
    expect(await healthOf()).toEqual([])
    const [check] = await gateway.database.db.select().from(keyChecks)
    expect(check?.probe).toMatchObject({ ok: false, class: 'model', status: 404 })
    expect(Number(check?.nextProbeAt) - Date.now()).toBeGreaterThan(260_000)
  })
})

describe('a key that calls have used', () => {
  async function call() {
    const app = await gateway.add.app('caller')
    const { rawKey } = await gateway.add.appKey(app)
    await gateway.gateway.refresh()
    await gateway.openai(rawKey).chat.completions.create({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'hi' }],
    })
    await expect.poll(async () => (await gateway.database.db.select().from(requests)).length).toBe(1)
  }

  it('needs no probe until an interval after its last success', async () => {
    await addKey('sk-busy')
    await call()
    expect(await probeNow()).toEqual({ probed: 0, failed: 0 })
    expect(await asked()).toEqual(['/chat/completions'])
    const [check] = await gateway.database.db.select().from(keyChecks)
    expect(Number(check?.nextProbeAt) - Date.now()).toBeGreaterThan(260_000)
    await gateway.database.sql`update requests set ts = ts - interval '6 minutes'`
    expect(await probeNow()).toEqual({ probed: 1, failed: 0 })
  })

  it('does not come back by a free probe where calls have found it to be out of money', async () => {
    await addKey('sk-poor')
    const app = await gateway.add.app('caller')
    const { rawKey } = await gateway.add.appKey(app)
    await gateway.gateway.refresh()
    await upstream.fault({ secret: 'sk-poor', status: 402, headers: { 'retry-after': '1' }, times: 1 })
    const call = gateway.openai(rawKey).chat.completions.create({ model: 'm', messages: [] })
    await expect(call).rejects.toThrow()
    await expect.poll(healthOf).toMatchObject([{ state: 'cooling', reason: 'quota' }])
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(await probeNow()).toEqual({ probed: 1, failed: 0 })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await healthOf()).toMatchObject([{ state: 'cooling', reason: 'quota' }])
  })
})

describe('a paid probe', () => {
  const paid = { ...always, paid: true, model: 'gpt-4o-mini' }
  const probeRows = async () => await gateway.database.db.select().from(requests)

  it('asks for one token, is booked apart from calls as probe', async () => {
    const { provider, key } = await addKey('sk-paid', { probe: paid })
    await gateway.add.price(provider, 'gpt-4o-mini', 1000, 2000)
    await gateway.gateway.refresh()
    expect(await probeNow()).toEqual({ probed: 1, failed: 0 })
    expect(await asked()).toEqual(['/models', '/chat/completions'])
    const [sent] = (await upstream.journal()).filter(({ path }) => path.endsWith('/chat/completions'))
    expect(sent?.body).toMatchObject({ model: 'gpt-4o-mini', max_tokens: 1 })
    const [row] = await probeRows()
    expect(row).toMatchObject({
      kind: 'probe',
      keyId: key.id,
      outcome: 'ok',
      costSource: 'reported',
      appId: null,
    })
    expect(row?.costNanos).toBeGreaterThan(0n)
    const sums = await gateway.database
      .sql`select kind, sum(cost_nanos)::text as cost from rollups group by kind`
    expect(sums).toEqual([{ kind: 'probe', cost: String(row?.costNanos) }])
  })

  it('stops at its monthly limit and goes on for free', async () => {
    const { provider } = await addKey('sk-limited', { probe: { ...paid, monthly_limit_usd: 0.2 } })
    // 50 tokens in and 20 out, as each is reckoned with, are $0.09.
    await gateway.add.price(provider, 'gpt-4o-mini', 1000, 2000)
    await gateway.gateway.refresh()
    for (let n = 0; n < 6; n++) await probeNow()
    const rows = await probeRows()
    const cost = rows.reduce((sum, row) => sum + row.costNanos, 0n)
    expect(rows.length).toBeGreaterThan(0)
    expect(cost).toBeLessThanOrEqual(200_000_000n)
    expect(cost).toBeGreaterThan(110_000_000n)
    const paths = await asked()
    expect(paths.filter((path) => path === '/models')).toHaveLength(6)
    expect(paths.filter((path) => path === '/chat/completions')).toHaveLength(rows.length)
  })

  it('is not made for a model without a price', async () => {
    await addKey('sk-unpriced', { probe: { ...paid, model: 'custom-unknown' } })
    await probeNow()
    expect(await asked()).toEqual(['/models'])
  })

  it('brings back what only a real call can prove', async () => {
    const { provider } = await addKey('sk-back', { probe: paid })
    await gateway.add.price(provider, 'gpt-4o-mini', 1, 2)
    const app = await gateway.add.app('caller')
    const { rawKey } = await gateway.add.appKey(app)
    await gateway.gateway.refresh()
    await upstream.fault({ secret: 'sk-back', status: 402, headers: { 'retry-after': '1' }, times: 1 })
    const call = gateway.openai(rawKey).chat.completions.create({ model: 'gpt-4o-mini', messages: [] })
    await expect(call).rejects.toThrow()
    await expect.poll(healthOf).toMatchObject([{ state: 'cooling', reason: 'quota' }])
    await new Promise((resolve) => setTimeout(resolve, 1100))
    await probeNow()
    await expect.poll(healthOf).toMatchObject([{ state: 'up' }])
  })
})
