import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, startAdmin, type TestAdmin } from '../support/admin'

let admin: TestAdmin
beforeAll(async () => {
  admin = await startAdmin()
})
afterAll(() => admin?.stop())

const json = { 'content-type': 'application/json' }
const nobody = '01a1fb3f-0000-7000-8000-000000000000'
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
    expect((await admin.call('GET', '/me')).json).toMatchObject({
      kind: 'token',
      name: 'environment',
      role: 'owner',
      member: null,
      rights: { member: ['read', 'create', 'update', 'delete'] },
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
    ['POST', `/pools/${nobody}/switch`, { to_pool_id: null }],
    ['PUT', '/policies/tenant/acme', {}],
    ['PATCH', '/settings', {}],
    ['PATCH', '/me', {}],
    ['POST', '/members', { email: 'a@b.example', role: 'viewer' }],
    ['PATCH', `/members/${nobody}`, {}],
    ['POST', '/invites/accept', { token: 't', password: 'a long password' }],
  ])(
    'of %s %s is refused with an unknown field, which is named beside the known ones',
    async (method, path, body) => {
      const answer = await admin.refusal(method, path, { ...body, budget_limit: 1 })
      expect(answer).toMatchObject({ status: 400, code: 'invalid_request', param: 'budget_limit' })
      expect(answer.message).toMatch(/unknown field "budget_limit"; allowed: \w+/)
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
      await admin.refusal('POST', '/apps', { name: 'a', allowed_ips: ['10.0.0.0/8', '10.0.0.0/99'] }),
    ).toMatchObject({
      status: 400,
      param: 'allowed_ips.1',
      message: expect.stringContaining('CIDR'),
    })
    expect(await admin.refusal('POST', '/pools', { slug: 'Upper' })).toMatchObject({ param: 'slug' })
    expect(await admin.refusal('POST', '/pools', { slug: 'p', strategy: 'random' })).toMatchObject({
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
      const answer = await admin.refusal(method, `${path}/${id}`, method === 'PATCH' ? {} : undefined)
      expect(answer).toMatchObject({ status: 404, code: 'not_found' })
    }
  })

  it('is 404 for an address and 405 for a method', async () => {
    expect(await admin.refusal('GET', '/budget')).toMatchObject({ status: 404, code: 'route_not_found' })
    expect(await admin.refusal('PUT', '/apps', {})).toMatchObject({ status: 405, code: 'method_not_allowed' })
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
    expect(await admin.refusal('GET', `/providers?${query}`)).toMatchObject({
      status: 400,
      param: query.split('=')[0],
    })
  })
})
