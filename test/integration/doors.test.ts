import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../support/database'
import { masterKey, pepper } from '../support/gateway'
import { type Running, startServerless, startSystem } from '../support/system'
import { startUpstream, type Upstream } from '../support/upstream'
import { answer, embeddingUsage, usage } from '../support/upstream-answers.mjs'

const adminToken = 'doors-admin-token-0123456789'
const cronSecret = 'doors-cron-secret'
let upstream: Upstream
let database: FreshDatabase

beforeAll(async () => {
  upstream = await startUpstream()
  database = await freshDatabase()
})

afterAll(async () => {
  await database?.drop()
  await upstream?.stop()
})

const variables = () => ({
  AKCP_ADMIN_TOKEN: adminToken,
  AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin,
  CRON_SECRET: cronSecret,
  LOG_LEVEL: 'warn',
})

describe.each([
  ['the process that npm start runs', () => startSystem(variables())],
  [
    'Next alone, as a platform for functions runs it',
    () =>
      startServerless({
        ...variables(),
        DATABASE_URL: database.gatewayUrl,
        AKCP_MASTER_KEY: masterKey,
        AKCP_APP_KEY_PEPPER: pepper,
        METRICS_TOKEN: 'doors-metrics-token',
      }),
  ],
])('%s', (_, start) => {
  let running: Running
  let client: OpenAI
  let rawKey: string

  beforeAll(async () => {
    running = await start()
    await admin('POST', '/providers', {
      preset: 'custom',
      slug: 'mock',
      base_url: upstream.baseUrl,
      model_patterns: ['*'],
    })
    await admin('POST', '/prices', {
      provider: 'mock',
      model: '*',
      input_usd_per_mtok: 0.15,
      output_usd_per_mtok: 0.6,
    })
    await admin('POST', '/keys', { provider: 'mock', name: 'one', secret: 'sk-doors-0123456789' })
    const app = await admin('POST', '/apps', { name: 'doors', tenant: 'acme' })
    rawKey = (await admin('POST', `/apps/${app.id}/keys`, { name: 'sdk' })).raw_key
    client = new OpenAI({ apiKey: rawKey, baseURL: `${running.address}/api/v1`, maxRetries: 0 })
  })

  afterAll(async () => {
    await running?.stop()
    await running?.clean()
  })

  async function admin(method: string, path: string, body?: unknown) {
    const response = await fetch(`${running.address}/api/admin${path}`, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const value = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`)
    return value
  }

  const ask = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: 'Which animal jumps?' }] }

  it('serves the official SDK: JSON, streams, embeddings and models', async () => {
    const json = await client.chat.completions.create(ask)
    expect([json.choices[0]?.message.content, json.usage]).toMatchObject([answer, usage])
    let text = ''
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) {
      expect(chunk.choices.length).toBe(1)
      text += chunk.choices[0]?.delta.content ?? ''
    }
    expect(text).toBe(answer)
    const embedding = await client.embeddings.create({ model: 'text-embedding-3-small', input: 'hello' })
    expect(embedding.usage).toMatchObject(embeddingUsage)
    expect((await client.models.list()).data.length).toBeGreaterThan(0)
  })

  it('shows every call, with exact cost, in usage and its CSV within a second', async () => {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const { rows, totals } = await admin('GET', '/usage?group_by=model,app,tenant')
    const chat = rows.find((row: { model: string }) => row.model === 'gpt-4o-mini')
    expect(chat).toMatchObject({
      app_name: 'doors',
      tenant: 'acme',
      requests: 2,
      errors: 0,
      input_tokens: 38,
      output_tokens: 28,
      cost_usd: 0.0000225,
    })
    expect(totals).toMatchObject({ requests: 3, estimated_cost_usd: 0 })
    const csv = await fetch(`${running.address}/api/admin/usage.csv?group_by=model`, {
      headers: { authorization: `Bearer ${adminToken}` },
    })
    expect(await csv.text()).toMatch(/gpt-4o-mini,2,/)
  })

  it('answers bad calls in one form', async () => {
    await expect(client.chat.completions.create({ ...ask, model: '' })).rejects.toMatchObject({
      status: 400,
      code: 'model_required',
    })
    const stranger = new OpenAI({ apiKey: 'sk-nobody', baseURL: `${running.address}/v1`, maxRetries: 0 })
    await expect(stranger.chat.completions.create(ask)).rejects.toMatchObject({
      status: 401,
      code: 'invalid_api_key',
    })
    const response = await fetch(`${running.address}/api/v1/nothing`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rawKey}` },
    })
    expect((await response.json()).error).toMatchObject({ code: 'route_not_found' })
  })

  it.each(['/api/health', '/health', '/healthz', '/api/ready'])('answers %s', async (path) => {
    expect((await fetch(running.address + path)).status).toBe(200)
  })

  it('gives metrics to those who may have them', async () => {
    for (const path of ['/api/metrics', '/metrics']) {
      const response = await fetch(running.address + path, {
        headers: { authorization: 'Bearer doors-metrics-token' },
      })
      expect(await response.text()).toMatch(/akcp_requests_total\{.*model="gpt-4o-mini",outcome="ok"\} 2/)
    }
  })

  it('runs what is due for a scheduler that knows the secret', async () => {
    const cron = (method: string, secret: string) =>
      fetch(`${running.address}/api/cron`, { method, headers: { authorization: `Bearer ${secret}` } })
    const refused = await cron('GET', 'another-secret')
    expect([refused.status, (await refused.json()).error.code]).toEqual([401, 'unauthorized'])
    expect((await cron('DELETE', cronSecret)).status).toBe(405)
    const answered = await cron('POST', cronSecret)
    expect(answered.status).toBe(200)
    const { jobs } = await answered.json()
    expect(jobs.map(({ job }: { job: string }) => job)).toEqual(
      expect.arrayContaining(['probes', 'balances', 'alerts', 'deliveries', 'retention', 'cleaning']),
    )
    for (const job of jobs) {
      expect(job).toMatchObject({ ran: expect.any(Boolean), ms: expect.any(Number) })
      expect(job).not.toHaveProperty('error')
    }
    // The first runs are spread over ten seconds; whoever ran them, each is on record as what went well.
    const ran = async () => {
      await cron('GET', cronSecret)
      const { data } = await admin('GET', '/jobs')
      return data.map(
        ({ job, runs }: { job: string; runs: { ended_at: string | null; error: string | null }[] }) => [
          job,
          runs.some(({ ended_at, error }) => ended_at !== null && error === null),
        ],
      )
    }
    const names = jobs.map(({ job }: { job: string }) => job).sort()
    await expect
      .poll(ran, { timeout: 20_000, interval: 1000 })
      .toEqual(names.map((name: string) => [name, true]))
    expect((await admin('GET', '/status')).scheduler).toMatchObject({ state: 'up', jobs: [] })
  })

  it('asks the provider whether a key works, through the vault', async () => {
    const { data } = await admin('GET', '/keys')
    const good = await admin('POST', `/keys/${data[0].id}/probe`)
    expect(good).toMatchObject({ ok: true, status: 200, class: null, error: null })
    expect(good.models.length).toBeGreaterThan(0)
    await upstream.fault({ status: 401, body: { error: { message: 'Wrong key sk-doors-0123456789' } } })
    const bad = await admin('POST', `/keys/${data[0].id}/probe`)
    expect(bad).toMatchObject({ ok: false, status: 401, class: 'auth', error: 'Wrong key [key]' })
    await upstream.fault()
  })

  it('obeys a change before its answer returns', async () => {
    const { data } = await admin('GET', '/keys')
    await admin('POST', `/keys/${data[0].id}/disable`)
    await expect(client.chat.completions.create(ask)).rejects.toMatchObject({
      status: 503,
      code: 'no_healthy_key',
    })
    await admin('POST', `/keys/${data[0].id}/enable`)
    await client.chat.completions.create(ask)
  })
})
