import { setTimeout as sleep } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appKeys, apps, keyHealth, keys, requests, rollups } from '@/drizzle/schema'
import { createAppKey } from '@/lib/secrets/app-key'
import { pepper, startGateway, type TestGateway } from '../support/gateway'
import { startUpstream, type Upstream } from '../support/upstream'
import { answer, embeddingUsage, usage } from '../support/upstream-answers.mjs'

let upstream: Upstream
let system: TestGateway
let provider: Awaited<ReturnType<TestGateway['add']['provider']>>
let appKey: { rawKey: string; id: string }
let app: { id: string }

beforeAll(async () => {
  upstream = await startUpstream()
  system = await startGateway({ AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin, MAX_BODY_BYTES: '100000' })
  provider = await system.add.provider({ slug: 'mock', baseUrl: upstream.baseUrl })
  for (const secret of ['sk-one', 'sk-two', 'sk-three']) await system.add.key(provider, secret)
  await system.add.price(provider, 'gpt-*', 0.15, 0.6, 0.075)
  app = await system.add.app('web')
  appKey = await system.add.appKey(app)
  await system.gateway.refresh()
})

afterAll(async () => {
  await system?.stop()
  await upstream?.stop()
})

beforeEach(() => upstream.reset())

const messages = [{ role: 'user' as const, content: 'Which animal jumps?' }]
const ask = { model: 'gpt-4o-mini', messages }

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** The ledger row of a call, which must be there within a second of its answer. */
async function rowOf(id: string | null) {
  const deadline = Date.now() + 1000
  for (;;) {
    const [row] = await system.database.db
      .select()
      .from(requests)
      .where(eq(requests.id, id ?? ''))
    if (row) return row
    if (Date.now() > deadline) throw new Error(`no ledger row ${id} within a second`)
    await sleep(20)
  }
}

function post(
  path: string,
  body: unknown,
  init: { key?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
) {
  return fetch(system.address + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${init.key ?? appKey.rawKey}`,
      'content-type': 'application/json',
      ...init.headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    signal: init.signal,
  })
}

async function refused(response: Response) {
  const { error } = await response.json()
  expect(error.hint).toBeTruthy()
  expect(error.request_id).toBe(response.headers.get('x-request-id'))
  return {
    status: response.status,
    code: error.code,
    message: error.message,
    error,
    headers: response.headers,
  }
}

describe('a call through the official SDK', () => {
  it('answers JSON, with a row of exact tokens and cost', async () => {
    const { data, response } = await system.openai(appKey.rawKey).chat.completions.create(ask).withResponse()
    expect(data.choices[0]?.message.content).toBe(answer)
    expect(data.usage).toMatchObject(usage)
    expect(response.headers.get('x-akcp-pool')).toBe('mock')
    expect(response.headers.get('x-akcp-attempts')).toBe('1')
    const row = await rowOf(response.headers.get('x-akcp-request'))
    expect(row).toMatchObject({
      outcome: 'ok',
      status: 200,
      appId: app.id,
      appKeyId: appKey.id,
      tenant: 'acme',
      project: 'web',
      feature: 'default',
      endpoint: 'chat/completions',
      model: 'gpt-4o-mini',
      stream: false,
      inputTokens: 19,
      outputTokens: 14,
      costNanos: 11_250n, // (19 × 0.15 + 14 × 0.60) USD per million = 11.25 micro-dollars
      costSource: 'reported',
      keyId: response.headers.get('x-akcp-key'),
      attempts: [{ class: null, status: 200, provider: 'mock' }],
    })
  })

  it('streams, hides the usage chunk it asked for, and meters it', async () => {
    const { data, response } = await system
      .openai(appKey.rawKey)
      .chat.completions.create({ ...ask, stream: true })
      .withResponse()
    const chunks = await collect(data)
    expect(chunks.map((chunk) => chunk.choices[0]?.delta?.content ?? '').join('')).toBe(answer)
    expect(chunks.every((chunk) => chunk.choices.length > 0)).toBe(true)
    const row = await rowOf(response.headers.get('x-akcp-request'))
    expect(row).toMatchObject({
      stream: true,
      inputTokens: 19,
      outputTokens: 14,
      costNanos: 11_250n,
      costSource: 'reported',
    })
    expect(row.ttftMs).toBeGreaterThanOrEqual(0)
    const [sent] = await upstream.journal()
    expect(sent?.body).toMatchObject({ stream_options: { include_usage: true } })
  })

  it('passes the usage chunk to a client that asked for it', async () => {
    const stream = await system
      .openai(appKey.rawKey)
      .chat.completions.create({ ...ask, stream: true, stream_options: { include_usage: true } })
    const chunks = await collect(stream)
    expect(chunks.at(-1)?.usage).toMatchObject(usage)
  })

  it('embeds', async () => {
    const { data, response } = await system
      .openai(appKey.rawKey)
      .embeddings.create({ model: 'text-embedding-3-small', input: 'hello' })
      .withResponse()
    expect(data.data[0]?.embedding.length).toBe(8)
    const row = await rowOf(response.headers.get('x-akcp-request'))
    expect(row).toMatchObject({
      endpoint: 'embeddings',
      inputTokens: embeddingUsage.prompt_tokens,
      outputTokens: 0,
    })
  })

  it('lists models', async () => {
    const models = await collect(await system.openai(appKey.rawKey).models.list())
    expect(models.length).toBeGreaterThan(0)
    expect(models.every((model) => model.owned_by === 'mock')).toBe(true)
  })

  it('is served at /v1 and with X-API-Key as well', async () => {
    const response = await fetch(`${system.address}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-api-key': appKey.rawKey, 'content-type': 'application/json' },
      body: JSON.stringify(ask),
    })
    expect(response.status).toBe(200)
    await response.text()
  })
})

describe('request ids', () => {
  it('adopts a well-formed one and replaces others; the ledger id is always ours', async () => {
    const adopted = await post('/api/v1/chat/completions', ask, { headers: { 'x-request-id': 'my-id:1' } })
    expect(adopted.headers.get('x-request-id')).toBe('my-id:1')
    expect((await rowOf(adopted.headers.get('x-akcp-request'))).requestId).toBe('my-id:1')
    const replaced = await post('/api/v1/chat/completions', ask, {
      headers: { 'x-request-id': 'bad id <script>' },
    })
    expect(replaced.headers.get('x-request-id')).toBe(replaced.headers.get('x-akcp-request'))
    await Promise.all([adopted.text(), replaced.text()])
  })
})

describe('attribution', () => {
  it('takes tenant, project and feature within the scopes', async () => {
    const wide = await system.add.app('wide', {
      tenantScope: ['acme', 'globex'],
      projectScope: ['*'],
      featureScope: ['search'],
    })
    const { rawKey } = await system.add.appKey(wide)
    const response = await post('/api/v1/chat/completions', ask, {
      key: rawKey,
      headers: { 'x-tenant': 'globex', 'x-project': 'p.1', 'x-feature': 'search' },
    })
    await response.text()
    const row = await rowOf(response.headers.get('x-akcp-request'))
    expect(row).toMatchObject({ tenant: 'globex', project: 'p.1', feature: 'search' })
    const outside: Record<string, string>[] = [{ 'x-tenant': 'other' }, { 'x-feature': 'chat' }]
    for (const headers of outside) {
      const { status, code } = await refused(
        await post('/api/v1/chat/completions', ask, { key: rawKey, headers }),
      )
      expect([status, code]).toEqual([403, 'tenant_not_allowed'])
    }
    const malformed = await refused(
      await post('/api/v1/chat/completions', ask, { key: rawKey, headers: { 'x-tenant': 'a b' } }),
    )
    expect(malformed.status).toBe(400)
  })
})

describe('app keys', () => {
  it.each([
    ['', 'invalid_api_key'],
    ['sk-something-else', 'invalid_api_key'],
    ['akcp_000000000000_0000000000000000000000000000000000000000000000000', 'invalid_api_key'],
  ])('refuses %j', async (key, code) => {
    const answer = await refused(await post('/api/v1/chat/completions', ask, { key }))
    expect([answer.status, answer.code]).toEqual([401, code])
  })

  it('refuses a changed secret without saying more', async () => {
    const last = appKey.rawKey.endsWith('0') ? '1' : '0'
    const { status, code } = await refused(
      await post('/api/v1/chat/completions', ask, { key: appKey.rawKey.slice(0, -1) + last }),
    )
    expect([status, code]).toEqual([401, 'invalid_api_key'])
  })

  it.each([
    [{ status: 'disabled' as const }, 401, 'api_key_disabled'],
    [{ status: 'revoked' as const }, 401, 'api_key_revoked'],
    [{ expiresAt: new Date(Date.now() - 1000) }, 401, 'api_key_expired'],
  ])('refuses a key that is %j', async (values, status, code) => {
    const { rawKey } = await system.add.appKey(app, values)
    const answer = await refused(await post('/api/v1/chat/completions', ask, { key: rawKey }))
    expect([answer.status, answer.code]).toEqual([status, code])
  })

  it('knows a key made a moment ago, and obeys changes within a second without being told', async () => {
    const other = await system.add.app('short-lived')
    const { rawKey } = await system.add.appKey(other)
    expect((await post('/api/v1/chat/completions', ask, { key: rawKey })).status).toBe(200)
    await system.database.db.update(apps).set({ status: 'disabled' }).where(eq(apps.id, other.id))
    await sleep(1000)
    const disabled = await refused(await post('/api/v1/chat/completions', ask, { key: rawKey }))
    expect([disabled.status, disabled.code]).toEqual([403, 'app_disabled'])
    await system.database.db.update(appKeys).set({ status: 'revoked' }).where(eq(appKeys.appId, other.id))
    await sleep(1000)
    expect((await refused(await post('/api/v1/chat/completions', ask, { key: rawKey }))).code).toBe(
      'api_key_revoked',
    )
  })

  it('keeps callers to the addresses of their app', async () => {
    const near = await system.add.app('near', { allowedIps: ['127.0.0.0/8'] })
    const far = await system.add.app('far', { allowedIps: ['10.0.0.0/8', '2001:db8::/32'] })
    expect(
      (await post('/api/v1/chat/completions', ask, { key: (await system.add.appKey(near)).rawKey })).status,
    ).toBe(200)
    const answer = await refused(
      await post('/api/v1/chat/completions', ask, { key: (await system.add.appKey(far)).rawKey }),
    )
    expect([answer.status, answer.code]).toEqual([403, 'ip_not_allowed'])
  })
})

describe('bad requests', () => {
  it.each([
    ['not JSON', '{"model": "gpt-4o", ', 400, 'invalid_request'],
    ['no model', { messages }, 400, 'model_required'],
    ['a model that is no name', { model: 'a b', messages }, 400, 'invalid_request'],
    ['two models', '{"model":"gpt-4o","messages":[],"model":"gpt-5"}', 400, 'invalid_request'],
    ['a capital Model', '{"Model":"gpt-4o","messages":[]}', 400, 'invalid_request'],
    ['an escaped model', '{"\\u006dodel":"gpt-4o","messages":[]}', 400, 'invalid_request'],
    ['too large a body', { ...ask, padding: 'x'.repeat(100_001) }, 413, 'request_too_large'],
  ])('%s', async (_, body, status, code) => {
    const answer = await refused(await post('/api/v1/chat/completions', body))
    expect([answer.status, answer.code]).toEqual([status, code])
    expect((await upstream.connections()).length).toBe(0)
  })

  it('another content type', async () => {
    const answer = await refused(
      await post('/api/v1/chat/completions', 'model=x', { headers: { 'content-type': 'text/plain' } }),
    )
    expect([answer.status, answer.code]).toEqual([415, 'unsupported_media_type'])
  })

  it('an address that is not served, and a method', async () => {
    expect((await refused(await post('/api/v1/responses/x', ask))).code).toBe('route_not_found')
    const response = await fetch(`${system.address}/api/v1/chat/completions`, {
      headers: { authorization: `Bearer ${appKey.rawKey}` },
    })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    await response.text()
  })

  it('are in the ledger as refused, without attempts', async () => {
    const { error, headers } = await refused(await post('/api/v1/chat/completions', { messages }))
    const id = headers.get('x-akcp-request')
    expect(error.request_url).toBe(`https://portal.example/usage/requests/${id}`)
    expect(await rowOf(id)).toMatchObject({
      outcome: 'refused',
      errorCode: 'model_required',
      attempts: [],
      costNanos: 0n,
    })
  })

  it('that the provider rejects pass through with its status and message, and count against no key', async () => {
    const body = {
      error: {
        message: 'max_tokens is too large',
        type: 'invalid_request_error',
        code: 'bad_max',
        param: 'max_tokens',
      },
    }
    await upstream.fault({ status: 422, body })
    const answer = await refused(await post('/api/v1/chat/completions', ask))
    expect(answer).toMatchObject({ status: 422, code: 'bad_max', message: 'max_tokens is too large' })
    expect(answer.error.param).toBe('max_tokens')
    expect((await upstream.connections()).length).toBe(1)
  })
})

describe('routing', () => {
  it('finds the provider by prefix, by header, by pattern and by default', async () => {
    const other = await system.add.provider({
      slug: 'other',
      baseUrl: upstream.baseUrl,
      modelPatterns: ['special-*'],
      priority: 1,
    })
    await system.add.key(other, 'sk-other')
    await system.gateway.refresh()
    const pool = async (model: string, headers = {}) => {
      const response = await post('/api/v1/chat/completions', { model, messages }, { headers })
      await response.text()
      return [response.headers.get('x-akcp-pool'), response.headers.get('x-akcp-model')]
    }
    expect(await pool('other/gpt-4o')).toEqual(['other', 'gpt-4o'])
    expect(await pool('gpt-4o', { 'x-llm-provider': 'other' })).toEqual(['other', 'gpt-4o'])
    expect(await pool('special-1')).toEqual(['other', 'special-1'])
    expect(await pool('gpt-4o')).toEqual(['mock', 'gpt-4o'])
    const unknown = await refused(
      await post('/api/v1/chat/completions', ask, { headers: { 'x-llm-provider': 'nobody' } }),
    )
    expect([unknown.status, unknown.code]).toEqual([404, 'model_not_found'])
  })

  it('follows a model route and sends the provider its own model name', async () => {
    const key = await system.add.key(provider, 'sk-routed')
    const pool = await system.add.pool('routed', [key.id])
    await system.add.route('house-model', [{ pool, model: 'gpt-4o-2024' }])
    await system.add.route('team/*', [{ pool, model: 'gpt-*' }])
    await system.gateway.refresh()
    for (const [model, served] of [
      ['house-model', 'gpt-4o-2024'],
      ['team/5-mini', 'gpt-5-mini'],
    ]) {
      const response = await post('/api/v1/chat/completions', { ...ask, model })
      await response.text()
      expect(response.headers.get('x-akcp-key')).toBe(key.id)
      expect(response.headers.get('x-akcp-model')).toBe(served)
      expect((await upstream.journal()).at(-1)?.body).toMatchObject({ model: served })
      expect(await rowOf(response.headers.get('x-akcp-request'))).toMatchObject({
        model,
        servedModel: served,
      })
    }
  })

  it('holds to the allowed models of app and app key', async () => {
    const narrow = await system.add.app('narrow', { allowedModels: ['gpt-4o*'] })
    const { rawKey } = await system.add.appKey(narrow, { allowedModels: ['gpt-4o-mini'] })
    expect((await post('/api/v1/chat/completions', ask, { key: rawKey })).status).toBe(200)
    for (const model of ['gpt-4o', 'gpt-5', 'mock/gpt-5']) {
      const { status, code } = await refused(
        await post('/api/v1/chat/completions', { ...ask, model }, { key: rawKey }),
      )
      expect([status, code]).toEqual([403, 'model_not_allowed'])
    }
  })

  it('keeps environments apart', async () => {
    await system.add.key(provider, 'sk-staging', { environment: 'staging' })
    const staging = await system.add.app('staging-app', { environment: 'staging' })
    const test = await system.add.app('test-app', { environment: 'test' })
    const both = await system.add.app('both-app', { environment: 'test', allowEnvironments: ['staging'] })
    for (const [owner, secret] of [
      [staging, 'sk-staging'],
      [both, 'sk-staging'],
    ] as const) {
      const { rawKey } = await system.add.appKey(owner)
      expect((await post('/api/v1/chat/completions', ask, { key: rawKey })).status).toBe(200)
      expect((await upstream.connections()).at(-1)?.secret).toBe(secret)
    }
    const answer = await refused(
      await post('/api/v1/chat/completions', ask, { key: (await system.add.appKey(test)).rawKey }),
    )
    expect([answer.status, answer.code]).toEqual([404, 'model_not_found'])
  })

  it('goes round the enabled keys, and leaves a disabled one within a second', async () => {
    const secrets = async (calls: number) => {
      await upstream.reset()
      for (let call = 0; call < calls; call++) await (await post('/api/v1/chat/completions', ask)).text()
      const counts: Record<string, number> = {}
      for (const { secret } of await upstream.connections()) counts[secret] = (counts[secret] ?? 0) + 1
      return counts
    }
    const before = await secrets(12)
    expect(Object.values(before)).toEqual(Object.values(before).map(() => 12 / Object.keys(before).length))
    expect(before['sk-two']).toBeGreaterThan(0)
    await system.database.db.update(keys).set({ status: 'disabled' }).where(eq(keys.name, 'sk-two'))
    await sleep(1000)
    expect((await secrets(12))['sk-two']).toBeUndefined()
    await system.database.db.update(keys).set({ status: 'active' }).where(eq(keys.name, 'sk-two'))
    await system.gateway.refresh()
  })
})

/** A provider of its own, so that its keys' health is nobody else's. */
let failingProviders = 0
async function failing(values: Partial<Parameters<TestGateway['add']['provider']>[0]> = {}, keyCount = 3) {
  const slug = `failing-${++failingProviders}`
  const made = await system.add.provider({ slug, baseUrl: upstream.baseUrl, modelPatterns: [], ...values })
  const made_keys = []
  for (let key = 1; key <= keyCount; key++) made_keys.push(await system.add.key(made, `sk-${slug}-${key}`))
  await system.gateway.refresh()
  const call = (body: object = {}) =>
    post('/api/v1/chat/completions', { ...ask, ...body, model: `${slug}/gpt-4o` })
  return { call, keys: made_keys, secret: (key: number) => `sk-${slug}-${key}` }
}

describe('a failing provider', () => {
  it.each([401, 402, 403, 404, 429, 500, 503])('fails over from %i to the next key', async (status) => {
    const { call } = await failing()
    await upstream.fault({ status, times: 1 })
    const response = await call({ stream: true })
    expect(await response.text()).toContain('[DONE]')
    expect(response.headers.get('x-akcp-attempts')).toBe('2')
    const row = await rowOf(response.headers.get('x-akcp-request'))
    expect(row.attempts.map((attempt) => attempt.status)).toEqual([status, 200])
    expect(new Set(row.attempts.map((attempt) => attempt.key_id)).size).toBe(2)
  })

  it.each([401, 402, 429])('leaves a key alone that has answered %i', async (status) => {
    const { call, secret } = await failing()
    await upstream.fault({ secret: secret(1), status, headers: { 'retry-after': '60' } })
    for (let calls = 0; calls < 12; calls++) expect((await call()).status).toBe(200)
    const tried = (await upstream.connections()).filter((connection) => connection.secret === secret(1))
    expect(tried.length).toBe(1)
  })

  it('leaves a key alone after three failures of the provider', async () => {
    const { call, secret } = await failing()
    await upstream.fault({ secret: secret(1), status: 500 })
    for (let calls = 0; calls < 20; calls++) expect((await call()).status).toBe(200)
    const tried = (await upstream.connections()).filter((connection) => connection.secret === secret(1))
    expect(tried.length).toBe(3)
  })

  it('whose keys are all out is not asked again before the first of them may be', async () => {
    const { call } = await failing({}, 2)
    await upstream.fault({ status: 429, headers: { 'retry-after': '40' } })
    expect((await call()).status).toBe(503)
    await upstream.reset()
    const answer = await refused(await call())
    expect([answer.status, answer.code]).toEqual([503, 'no_healthy_key'])
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(30)
    expect((await upstream.connections()).length).toBe(0)
  })

  it('says so where the portal and other processes read it, and is forgiven with a new secret', async () => {
    const made = await failing({}, 1)
    await upstream.fault({
      status: 401,
      times: 1,
      body: { error: { message: `Wrong key ${made.secret(1)}` } },
    })
    expect((await made.call()).status).toBe(502)
    expect((await refused(await made.call())).code).toBe('no_healthy_key')
    await sleep(500)
    const keyId = made.keys[0]?.id ?? ''
    const [row] = await system.database.db.select().from(keyHealth).where(eq(keyHealth.keyId, keyId))
    expect(row).toMatchObject({
      state: 'down',
      reason: 'auth',
      lastError: { class: 'auth', status: 401, message: 'Wrong key [key]' },
    })
    const second = await startGateway({ AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin }, system.fresh)
    const elsewhere = await fetch(`${second.address}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${appKey.rawKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...ask, model: `failing-${failingProviders}/gpt-4o` }),
    })
    expect((await refused(elsewhere)).code).toBe('no_healthy_key')
    await second.stop()
    await system.add.secret(keyId, 'sk-another-secret', upstream.baseUrl)
    await system.gateway.refresh()
    expect((await made.call()).status).toBe(200)
  })

  it('fails over from a reset connection', async () => {
    await upstream.fault({ reset: true, times: 1 })
    const response = await post('/api/v1/chat/completions', ask)
    expect(response.status).toBe(200)
    expect(response.headers.get('x-akcp-attempts')).toBe('2')
  })

  it('answers 502 with every attempt when all keys fail, and 503 when all are rate-limited', async () => {
    const { call } = await failing()
    await upstream.fault({ status: 500 })
    const down = await refused(await call())
    expect([down.status, down.code]).toEqual([502, 'upstream_error'])
    expect(down.error.attempts).toHaveLength(3)
    expect(down.error.attempts[0]).toMatchObject({ class: 'provider', status: 500 })
    expect(await rowOf(down.headers.get('x-akcp-request'))).toMatchObject({
      outcome: 'error',
      errorClass: 'provider',
      status: 502,
    })
    await upstream.fault({ status: 429, headers: { 'retry-after': '17' } })
    const limited = await refused(await call())
    expect([limited.status, limited.code, limited.headers.get('retry-after')]).toEqual([
      503,
      'no_healthy_key',
      '17',
    ])
  })

  it('answers 504 when it hangs, and 502 when nothing listens', async () => {
    const slow = await system.add.provider({
      slug: 'slow',
      baseUrl: upstream.baseUrl,
      modelPatterns: [],
      firstByteTimeoutMs: 300,
    })
    await system.add.key(slow, 'sk-slow')
    const gone = await system.add.provider({
      slug: 'gone',
      baseUrl: `http://${upstream.origin.split(':')[0]}:1/v1`,
      modelPatterns: [],
    })
    await system.add.key(gone, 'sk-gone')
    await system.gateway.refresh()
    await upstream.fault({ hang: true, secret: 'sk-slow' })
    const hung = await refused(await post('/api/v1/chat/completions', { ...ask, model: 'slow/x' }))
    expect([hung.status, hung.code]).toEqual([504, 'upstream_timeout'])
    const refusedAddress = await refused(await post('/api/v1/chat/completions', { ...ask, model: 'gone/x' }))
    expect([refusedAddress.status, refusedAddress.code]).toEqual([503, 'no_healthy_key'])
    expect(refusedAddress.message).toContain('AKCP_ALLOW_PRIVATE_ORIGINS')
  })

  it('that breaks a stream off ends it with an error event and a row that says so', async () => {
    await upstream.add({
      match: { model: 'custom-cut' },
      response: { content: answer },
      truncateAfterChunks: 3,
      streamingProfile: { ttft: 20, tps: 50 },
    })
    const response = await post('/api/v1/chat/completions', { ...ask, model: 'custom-cut', stream: true })
    const text = await response.text()
    const last = JSON.parse(text.trim().split('\n\n').at(-1)?.slice(6) ?? '')
    expect(last.error).toMatchObject({ code: 'upstream_error' })
    expect(text.match(/"content"/g)?.length).toBeGreaterThan(0)
    const row = await rowOf(response.headers.get('x-akcp-request'))
    expect(row).toMatchObject({ outcome: 'error', errorClass: 'network', costSource: 'unknown' })
    expect(row.outputTokens).toBeGreaterThan(0)
  })

  it('that repeats the key in its message does not make us repeat it', async () => {
    await upstream.fault({
      status: 400,
      body: { error: { message: 'Wrong key sk-one sk-two sk-three sk-routed for this' } },
    })
    for (let call = 0; call < 3; call++) {
      const { message } = await refused(await post('/api/v1/chat/completions', ask))
      expect(message).toContain('[key]')
    }
  })
})

describe('a client that leaves', () => {
  it('has its upstream request cancelled within a second and a row that says so', async () => {
    await upstream.add({
      match: { model: 'custom-long' },
      response: { content: 'word '.repeat(2000) },
      streamingProfile: { ttft: 10, tps: 20 },
    })
    const leaving = new AbortController()
    const response = await post(
      '/api/v1/chat/completions',
      { ...ask, model: 'custom-long', stream: true },
      { signal: leaving.signal },
    )
    await response.body?.getReader().read()
    const leftAt = Date.now()
    leaving.abort()
    let connection = (await upstream.connections()).at(-1)
    while (connection?.end === 'open' && Date.now() - leftAt < 3000) {
      await sleep(20)
      connection = (await upstream.connections()).at(-1)
    }
    expect(connection?.end).toBe('cut')
    expect((connection?.endedAt ?? Number.POSITIVE_INFINITY) - leftAt).toBeLessThan(1000)
    const row = await rowOf(response.headers.get('x-akcp-request'))
    expect(row).toMatchObject({ outcome: 'client_closed', status: 499 })
    expect(row.inputTokens).toBeGreaterThan(0)
  })
})

describe('the ledger', () => {
  it('sums the rows into rollups of 15 minutes, exactly', async () => {
    await Promise.all(
      Array.from({ length: 50 }, async () => (await post('/api/v1/chat/completions', ask)).text()),
    )
    await sleep(1000)
    const rows = await system.database.db.select().from(requests)
    const sums = await system.database.db.select().from(rollups)
    const total = <T>(list: T[], read: (item: T) => bigint | number) =>
      list.reduce((sum, item) => sum + BigInt(read(item)), 0n)
    expect(total(sums, (sum) => sum.requests)).toBe(
      BigInt(rows.filter((row) => row.outcome !== 'refused').length),
    )
    expect(total(sums, (sum) => sum.refused)).toBe(
      BigInt(rows.filter((row) => row.outcome === 'refused').length),
    )
    expect(total(sums, (sum) => sum.costNanos)).toBe(total(rows, (row) => row.costNanos))
    expect(total(sums, (sum) => sum.inputTokens)).toBe(total(rows, (row) => row.inputTokens))
    const counted = sums
      .flatMap((sum) => sum.latencyHistogram)
      .reduce((sum, count) => sum + (count & 0xffffff), 0)
    expect(BigInt(counted)).toBe(total(sums, (sum) => sum.requests))
    expect(sums.every((sum) => sum.bucket.getTime() % (15 * 60_000) === 0)).toBe(true)
  })
})

describe('without its database', () => {
  it('goes on for app keys it knows, and never takes an unknown one for a wrong one', async () => {
    const { rawKey } = createAppKey(Buffer.from(pepper, 'base64'))
    const lock = system.database.sql.begin(async (sql) => {
      await sql`lock table registry_version in access exclusive mode`
      expect((await post('/api/v1/chat/completions', ask)).status).toBe(200)
      const startedAt = Date.now()
      const answer = await refused(await post('/api/v1/chat/completions', ask, { key: rawKey }))
      expect([answer.status, answer.code, answer.headers.get('retry-after')]).toEqual([
        503,
        'service_unavailable',
        '5',
      ])
      expect(Date.now() - startedAt).toBeLessThan(3000)
    })
    await lock
    expect((await refused(await post('/api/v1/chat/completions', ask, { key: rawKey }))).status).toBe(401)
  })
})

describe('a gateway that is shutting down', () => {
  it('lets calls in flight end and refuses new ones with 503', async () => {
    const own = await startGateway({ AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin })
    try {
      const ofOwn = await own.add.provider({ slug: 'mock', baseUrl: upstream.baseUrl })
      await own.add.key(ofOwn, 'sk-drain')
      const { rawKey } = await own.add.appKey(await own.add.app('web'))
      await own.gateway.refresh()
      await upstream.fault({ secret: 'sk-drain', delayMs: 500 })
      const call = () =>
        fetch(`${own.address}/api/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
          body: JSON.stringify(ask),
        })
      const inFlight = call()
      await sleep(150)
      const drained = own.gateway.drain(5000)
      const late = await refused(await call())
      expect([late.status, late.code]).toEqual([503, 'draining'])
      expect(late.headers.get('retry-after')).toBe('5')
      expect((await inFlight).status).toBe(200)
      await drained
    } finally {
      await own.stop()
    }
  })
})
