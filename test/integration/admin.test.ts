import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, startAdmin, type TestAdmin } from '../support/admin'

let admin: TestAdmin
beforeAll(async () => {
  admin = await startAdmin()
  await admin.addVaultKey()
})
afterAll(() => admin?.stop())

const json = { 'content-type': 'application/json' }
const nobody = '01a1fb3f-0000-7000-8000-000000000000'
let counter = 0
const unique = (prefix: string) => `${prefix}-${++counter}`

const newProvider = (fields: object = {}) =>
  admin.create('/providers', { slug: unique('provider'), base_url: 'https://api.example.com/v1', ...fields })
const newKey = (provider: string, fields: object = {}) =>
  admin.create('/keys', {
    provider,
    name: unique('key'),
    secret: `sk-${unique('secret')}-0123456789`,
    ...fields,
  })

async function refusal(method: string, path: string, body?: unknown) {
  const { status, json, headers } = await admin.call(method, path, body)
  expect(json.error.hint).toBeTruthy()
  expect(json.error.request_id).toBe(headers.get('x-request-id'))
  return { status, code: json.error.code, param: json.error.param, message: json.error.message as string }
}

describe('who may call', () => {
  it.each([
    ['nothing', {}],
    ['a wrong token', { authorization: `Bearer ${adminToken}x` }],
    ['another scheme', { authorization: `Basic ${adminToken}` }],
  ])('refuses %s, and tells how to get in', async (_, headers) => {
    for (const [method, path] of [
      ['GET', '/me'],
      ['GET', '/nowhere'],
      ['DELETE', '/providers'],
    ]) {
      const response = await admin.app.request(`/api/admin${path}`, {
        method,
        headers: headers as HeadersInit,
      })
      expect(response.status).toBe(401)
      const { error } = await response.json()
      expect(error).toMatchObject({ code: 'unauthorized', hint: expect.stringContaining('AKCP_ADMIN_TOKEN') })
    }
  })

  it('knows the bearer of the admin token', async () => {
    expect((await admin.call('GET', '/me')).json).toEqual({
      kind: 'token',
      name: 'environment',
      role: 'owner',
    })
  })

  it('describes itself to anybody: every address with a summary and answers, and a page without scripts', async () => {
    const document = await (await admin.app.request('/api/admin/openapi.json')).json()
    const operations = Object.values<Record<string, { summary?: string; responses: object }>>(
      document.paths,
    ).flatMap((path) => Object.values(path))
    expect(operations.length).toBeGreaterThan(40)
    for (const operation of operations) {
      expect(operation.summary).toBeTruthy()
      expect(Object.keys(operation.responses).length).toBeGreaterThan(1)
    }
    const page = await (await admin.app.request('/api/admin/docs')).text()
    for (const path of Object.keys(document.paths)) expect(page).toContain(path)
    expect(page).not.toMatch(/<script|style=|https?:\/\//)
    expect((await admin.app.request('/api/admin/docs.css')).headers.get('content-type')).toContain('text/css')
  })
})

describe('every body', () => {
  it.each([
    ['POST', '/providers', { preset: 'openai', slug: 'strict' }],
    ['POST', '/keys', { provider: 'x', name: 'k', secret: 'sk-1' }],
    ['POST', '/pools', { slug: 'strict' }],
    ['POST', '/models', { name: 'm', targets: [{ pool: 'p', model: 'm' }] }],
    ['POST', '/prices', { provider: 'x', model: 'm', input_usd_per_mtok: 1, output_usd_per_mtok: 1 }],
    ['POST', '/apps', { name: 'strict' }],
    ['POST', `/apps/${nobody}/keys`, { name: 'strict' }],
    ['POST', `/apps/${nobody}/keys/${nobody}/rotate`, { grace_seconds: 0 }],
    ['POST', '/setup', { token: 't', email: 'a@b.example', password: 'a long password' }],
    ['PATCH', `/providers/${nobody}`, {}],
    ['PATCH', `/keys/${nobody}`, {}],
    ['PATCH', `/pools/${nobody}`, {}],
    ['PATCH', `/models/${nobody}`, {}],
    ['PATCH', `/apps/${nobody}`, {}],
    ['PATCH', `/apps/${nobody}/keys/${nobody}`, {}],
    ['PATCH', '/settings', {}],
  ])(
    'of %s %s is refused with an unknown field, which is named beside the known ones',
    async (method, path, body) => {
      const answer = await refusal(method, path, { ...body, budget_limit: 1 })
      expect(answer).toMatchObject({ status: 400, code: 'invalid_request', param: 'budget_limit' })
      expect(answer.message).toMatch(/unknown field "budget_limit"; allowed: \w+/)
    },
  )

  it.each(['limits', 'budgets', 'standby_percent', 'fallback_pool_id', 'model_priority', 'stickiness'])(
    'does not take %s, which nothing would act on yet',
    async (field) => {
      expect(await refusal('POST', '/pools', { slug: 'later', [field]: null })).toMatchObject({
        status: 400,
        param: field,
      })
    },
  )

  it('is refused when it is not JSON, too large or of another type', async () => {
    const post = (body: string, headers: Record<string, string>) =>
      admin.send('POST', '/apps', { body, headers })
    expect(await post('{"name":', json)).toMatchObject({
      status: 400,
      text: expect.stringContaining('not valid JSON'),
    })
    expect(await post('', json)).toMatchObject({ status: 400 })
    expect(await post('[]', json)).toMatchObject({ status: 400 })
    expect(await post(`{"name":"${'a'.repeat(1024 * 1024)}"}`, json)).toMatchObject({ status: 413 })
    expect(await post('name=a', { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({
      status: 415,
    })
    expect(await post('{"name":"a"}', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 })
    expect(await post('{"name":"a"}', {})).toMatchObject({ status: 415 })
    expect(
      await admin.send('DELETE', `/apps/${nobody}`, { body: 'x', headers: { 'content-type': 'text/plain' } }),
    ).toMatchObject({ status: 415 })
    expect(await post('{"__proto__":{"name":"a"}}', json)).toMatchObject({ status: 400 })
    expect(await post('{"name":"a\\u0000"}', json)).toMatchObject({ status: 400 })
  })

  it('is refused with the field and what was expected of it', async () => {
    expect(
      await refusal('POST', '/apps', { name: 'a', allowed_ips: ['10.0.0.0/8', '10.0.0.0/99'] }),
    ).toMatchObject({
      status: 400,
      param: 'allowed_ips.1',
      message: expect.stringContaining('CIDR'),
    })
    expect(await refusal('POST', '/pools', { slug: 'Upper' })).toMatchObject({ param: 'slug' })
    expect(await refusal('POST', '/pools', { slug: 'p', strategy: 'lowest_cost' })).toMatchObject({
      param: 'strategy',
      message: expect.stringContaining('round_robin'),
    })
  })
})

describe('what is not there', () => {
  it.each([
    ['GET', '/providers'],
    ['PATCH', '/providers'],
    ['DELETE', '/providers'],
    ['GET', '/keys'],
    ['PATCH', '/keys'],
    ['DELETE', '/keys'],
    ['GET', '/pools'],
    ['PATCH', '/pools'],
    ['DELETE', '/pools'],
    ['GET', '/models'],
    ['PATCH', '/models'],
    ['DELETE', '/models'],
    ['GET', '/prices'],
    ['DELETE', '/prices'],
    ['GET', '/apps'],
    ['PATCH', '/apps'],
    ['DELETE', '/apps'],
    ['GET', '/requests'],
  ])('is 404 for %s %s/{id}', async (method, path) => {
    for (const id of [nobody, 'not-an-id']) {
      const answer = await refusal(method, `${path}/${id}`, method === 'PATCH' ? {} : undefined)
      expect(answer).toMatchObject({ status: 404, code: 'not_found' })
    }
  })

  it('is 404 for an address and 405 for a method', async () => {
    expect(await refusal('GET', '/budgets')).toMatchObject({ status: 404, code: 'route_not_found' })
    expect(await refusal('PUT', '/apps', {})).toMatchObject({ status: 405, code: 'method_not_allowed' })
  })
})

describe('lists', () => {
  it('give every row exactly once, page by page', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `paged-${index}`)
    for (const name of names) await admin.create('/apps', { name })
    const seen: string[] = []
    let cursor = ''
    do {
      const { json } = await admin.call('GET', `/apps?limit=3${cursor && `&cursor=${cursor}`}`)
      expect(json.data.length).toBeLessThanOrEqual(3)
      seen.push(...json.data.map((app: { name: string }) => app.name))
      cursor = json.next_cursor ?? ''
    } while (cursor)
    expect(seen.filter((name) => name.startsWith('paged-'))).toEqual(names)
    expect(new Set(seen).size).toBe(seen.length)
  })

  it.each(['limit=0', 'limit=201', 'limit=x', 'cursor=bad', 'offset=3'])('refuse ?%s', async (query) => {
    expect(await refusal('GET', `/providers?${query}`)).toMatchObject({
      status: 400,
      param: query.split('=')[0],
    })
  })
})

describe('providers', () => {
  it('come from a preset, with any field overridden', async () => {
    const made = await admin.create('/providers', { preset: 'deepseek', slug: 'deep', timeout_ms: 1234 })
    expect(made).toMatchObject({
      slug: 'deep',
      name: 'DeepSeek',
      dialect: 'openai',
      base_url: 'https://api.deepseek.com/v1',
      model_patterns: ['deepseek-*'],
      first_byte_timeout_ms: 1234,
      price_provider: 'deepseek',
    })
    const { json } = await admin.call('GET', '/providers/presets')
    expect(json.data.map((preset: { slug: string }) => preset.slug)).toContain('custom')
  })

  it.each([
    [{ slug: 'a' }, 'base_url'],
    [{ base_url: 'https://x.example' }, 'slug'],
    [{ preset: 'nobody' }, 'preset'],
    [{ preset: 'openai', dialect: 'anthropic' }, 'dialect'],
    [{ slug: 'a', base_url: 'http://127.0.0.1:1/v1' }, 'base_url'],
    [{ slug: 'a', base_url: 'https://169.254.169.254' }, 'base_url'],
    [{ slug: 'a', base_url: 'https://u:p@x.example' }, 'base_url'],
    [{ preset: 'openai', headers: { Authorization: 'x' } }, 'headers.Authorization'],
    [{ preset: 'openai', headers: { 'x-goog-api-key': 'x' } }, 'headers.x-goog-api-key'],
    [{ preset: 'openai', headers: { Host: 'x' } }, 'headers.Host'],
    [{ preset: 'openai', headers: { 'x-a': 'b\r\nc: d' } }, 'headers.x-a'],
    [{ preset: 'openai', timeout_ms: 1, first_byte_timeout_ms: 2 }, 'timeout_ms'],
  ])('are refused as %j because of %s', async (body, param) => {
    expect(await refusal('POST', '/providers', body)).toMatchObject({ status: 400, param })
  })

  it('are patched field by field; null puts back the default', async () => {
    const { id } = await newProvider({ priority: 5, headers: { 'X-Title': 'AKCP' }, model_patterns: ['a*'] })
    const { json } = await admin.call('PATCH', `/providers/${id}`, {
      priority: null,
      headers: null,
      name: 'Named',
    })
    expect(json).toMatchObject({ priority: 100, headers: {}, name: 'Named', model_patterns: ['a*'] })
  })

  it('have slugs that are free again once archived, and are not archived while they have keys', async () => {
    const provider = await newProvider()
    expect(
      await refusal('POST', '/providers', { slug: provider.slug, base_url: 'https://x.example' }),
    ).toMatchObject({
      status: 409,
      code: 'conflict',
      param: 'slug',
    })
    const key = await newKey(provider.slug)
    expect(await refusal('DELETE', `/providers/${provider.id}`)).toMatchObject({ status: 409 })
    expect((await admin.call('DELETE', `/keys/${key.id}`)).status).toBe(204)
    expect((await admin.call('DELETE', `/providers/${provider.id}`)).status).toBe(204)
    const again = await newProvider({ slug: provider.slug })
    expect((await newKey(again.slug)).pools).toEqual([provider.slug])
  })

  it('say so when a new base URL makes secrets unreadable, and the keys wait for theirs', async () => {
    const provider = await newProvider()
    const key = await newKey(provider.slug, { secret: 'sk-retype-0123456789' })
    const renamed = await admin.call('PATCH', `/providers/${provider.id}`, { name: 'Same address' })
    expect(renamed.json.notice).toBeUndefined()
    const moved = await admin.call('PATCH', `/providers/${provider.id}`, {
      base_url: 'https://other.example/v1/',
    })
    expect(moved.json).toMatchObject({
      base_url: 'https://other.example/v1',
      notice: expect.stringContaining('1 key'),
    })
    const lost = await admin.call('GET', `/keys/${key.id}`)
    expect(lost.json).toMatchObject({ secret_state: 'missing', last4: '', fingerprint: '' })
    const typed = await admin.call('PATCH', `/keys/${key.id}`, { secret: 'sk-retype-0123456789' })
    expect(typed.json).toMatchObject({ secret_state: 'sealed', last4: '6789', fingerprint: key.fingerprint })
  })
})

describe('keys', () => {
  it.each([
    [{}, 'secret'],
    [{ secret: 'sk-a', secret_ref: 'env:AKCP_SECRET_A' }, 'secret'],
    [{ secret: '   ' }, 'secret'],
    [{ secret: 'sk with spaces' }, 'secret'],
    [{ secret: 'sk-\nbroken' }, 'secret'],
    [{ secret: 's'.repeat(8193) }, 'secret'],
    [{ secret_ref: 'env:AKCP_MASTER_KEY' }, 'secret_ref'],
    [{ secret_ref: 'file:../../etc/passwd' }, 'secret_ref'],
    [{ secret_ref: 'vault:x' }, 'secret_ref'],
    [{ secret: 'sk-a', provider: 'nobody' }, 'provider'],
    [{ secret: 'sk-a', pools: ['nobody'] }, 'pools'],
    [{ secret: 'sk-a', weight: 0 }, 'weight'],
    [{ secret: 'sk-a', expires_at: 'tomorrow' }, 'expires_at'],
  ])('are refused as %j because of %s', async (fields, param) => {
    const { slug } = await newProvider()
    const answer = await refusal('POST', '/keys', { provider: slug, name: 'k', ...fields })
    expect(answer).toMatchObject({ status: 400, code: 'invalid_request', param })
  })

  it('join the default pool of provider and environment and the pools they name', async () => {
    const { slug } = await newProvider()
    const extra = await admin.create('/pools', { slug: unique('pool') })
    expect((await newKey(slug, { pools: [extra.slug] })).pools.toSorted()).toEqual(
      [extra.slug, slug].toSorted(),
    )
    expect((await newKey(slug, { environment: 'staging' })).pools).toEqual([`${slug}-staging`])
    expect(
      await refusal('POST', '/keys', {
        provider: slug,
        name: 'x',
        secret: 'sk-x1',
        environment: 'staging',
        pools: [extra.id],
      }),
    ).toMatchObject({ status: 400, param: 'pools' })
  })

  it('move to the default pool of a new environment', async () => {
    const { slug } = await newProvider()
    const extra = await admin.create('/pools', { slug: unique('pool') })
    const key = await newKey(slug, { pools: [extra.id] })
    expect(await refusal('PATCH', `/keys/${key.id}`, { environment: 'staging' })).toMatchObject({
      status: 400,
      param: 'environment',
    })
    const { json } = await admin.call('PATCH', `/keys/${key.id}`, { environment: 'staging', pools: [] })
    expect(json).toMatchObject({ environment: 'staging', pools: [`${slug}-staging`] })
  })

  it('may not share a name or a secret at one provider', async () => {
    const { slug } = await newProvider()
    const key = await newKey(slug, { name: 'first', secret: 'sk-shared-0123456789' })
    expect(
      await refusal('POST', '/keys', { provider: slug, name: 'first', secret: 'sk-other' }),
    ).toMatchObject({ status: 409, param: 'name' })
    const same = await refusal('POST', '/keys', {
      provider: slug,
      name: 'second',
      secret: ' sk-shared-0123456789 ',
    })
    expect(same).toMatchObject({ status: 409, code: 'conflict', param: 'secret' })
    expect(same.message).toContain(key.id)
    await newKey((await newProvider()).slug, { secret: 'sk-shared-0123456789' })
  })

  it('are disabled and enabled, twice as well as once', async () => {
    const { id } = await newKey((await newProvider()).slug)
    for (const [action, status] of [
      ['disable', 'disabled'],
      ['disable', 'disabled'],
      ['enable', 'active'],
      ['enable', 'active'],
    ]) {
      expect((await admin.call('POST', `/keys/${id}/${action}`)).json.status).toBe(status)
    }
    const { json } = await admin.call('PATCH', `/keys/${id}`, { owner: 'Ann', tags: ['a'] })
    expect(json).toMatchObject({ owner: 'Ann', tags: ['a'] })
    expect((await admin.call('PATCH', `/keys/${id}`, { owner: null, tags: null })).json).toMatchObject({
      owner: null,
      tags: [],
    })
  })

  it('held by reference show the reference, and change to a sealed secret and back', async () => {
    const key = await newKey((await newProvider()).slug, {
      secret: undefined,
      secret_ref: 'env:AKCP_SECRET_ONE',
    })
    expect(key).toMatchObject({ secret_state: 'reference', secret_ref: 'env:AKCP_SECRET_ONE', last4: '' })
    const sealed = await admin.call('PATCH', `/keys/${key.id}`, { secret: 'sk-now-sealed-1234' })
    expect(sealed.json).toMatchObject({ secret_state: 'sealed', secret_ref: null, last4: '1234' })
    const back = await admin.call('PATCH', `/keys/${key.id}`, { secret_ref: 'file:openai.key' })
    expect(back.json).toMatchObject({ secret_state: 'reference', last4: '', fingerprint: '' })
  })

  it('disappear from their pools when archived', async () => {
    const { slug } = await newProvider()
    const key = await newKey(slug)
    const stays = await newKey(slug)
    await admin.call('DELETE', `/keys/${key.id}`)
    const { json } = await admin.call('GET', '/pools?limit=200')
    const pool = json.data.find((candidate: { slug: string }) => candidate.slug === slug)
    expect(pool.keys.map((entry: { key_id: string }) => entry.key_id)).toEqual([stays.id])
  })
})
