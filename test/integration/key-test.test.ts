import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startAdmin, type TestAdmin } from '../support/admin'
import { startGateway, type TestGateway } from '../support/gateway'
import { startUpstream, type Upstream } from '../support/upstream'

let upstream: Upstream
let admin: TestAdmin
let gateway: TestGateway
beforeAll(async () => {
  upstream = await startUpstream()
  const allowed = { AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin }
  admin = await startAdmin(allowed)
  gateway = await startGateway(allowed, admin.fresh)
})
afterAll(async () => {
  await gateway?.stop()
  await admin?.stop()
  await upstream?.stop()
})
beforeEach(() => upstream.reset())

const secret = 'sk-typed-not-saved-0123456789'
const test = (body: object) => admin.call('POST', '/keys/test', { secret, ...body })

describe('a secret that is not saved yet', () => {
  it('is tried at a base URL, and the models it may use come back', async () => {
    const { status, json } = await test({ preset: 'custom', base_url: `${upstream.baseUrl}/` })
    expect(status).toBe(200)
    expect(json).toMatchObject({ ok: true, status: 200, class: null, error: null })
    expect(json.models.length).toBeGreaterThan(0)
    const [call] = await upstream.connections()
    expect(call).toMatchObject({ path: '/models', secret })
  })

  it('is tried with address and headers of a provider that exists', async () => {
    const provider = await admin.create('/providers', {
      slug: 'there',
      base_url: upstream.baseUrl,
      headers: { 'x-title': 'AKCP' },
    })
    for (const reference of [provider.id, 'there']) {
      expect((await test({ provider: reference })).json.ok).toBe(true)
    }
    const calls = await upstream.connections()
    expect(calls.map((call) => call.headers['x-title'])).toEqual(['AKCP', 'AKCP'])
  })

  it.each([
    [401, { error: { message: `Incorrect key ${secret}` } }, 'auth'],
    [429, { error: { message: 'You exceeded your quota', code: 'insufficient_quota' } }, 'quota'],
    [503, { error: { message: 'Overloaded' } }, 'provider'],
  ])('that gets %i is told whose fault it is, without the secret', async (status, body, attemptClass) => {
    await upstream.fault({ status, body })
    const { json } = await test({ base_url: upstream.baseUrl })
    expect(json).toMatchObject({ ok: false, status, class: attemptClass, models: [] })
    expect(admin.answered.at(-1)).not.toContain(secret)
  })

  it('leaves nothing behind that could be opened', async () => {
    await test({ base_url: upstream.baseUrl })
    const rows = await gateway.database.sql`select sealed, input from vault_tasks`
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.every((row) => row.sealed === null && !JSON.stringify(row.input).includes(secret))).toBe(true)
    expect((await admin.call('GET', '/keys')).json.data).toEqual([])
  })

  it.each([
    [{}, 'provider'],
    [{ provider: 'openai', preset: 'openai' }, 'provider'],
    [{ provider: 'nobody' }, 'provider'],
    [{ preset: 'nobody' }, 'preset'],
    [{ preset: 'custom' }, 'base_url'],
    [{ base_url: 'http://10.0.0.1/v1' }, 'base_url'],
    [{ base_url: 'https://169.254.169.254/latest' }, 'base_url'],
    [{ preset: 'openai', secret: 'has spaces' }, 'secret'],
  ])('is not sent anywhere when asked as %j', async (body, param) => {
    expect(await admin.refusal('POST', '/keys/test', { secret, ...body })).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param,
    })
    expect(await upstream.connections()).toEqual([])
  })
})

describe('without a gateway', () => {
  let alone: TestAdmin
  beforeAll(async () => {
    alone = await startAdmin({ AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin })
  })
  afterAll(() => alone?.stop())

  it('a test is refused at once while nothing can be sealed, and after ten seconds while nobody answers', async () => {
    const body = { base_url: upstream.baseUrl, secret }
    const none = await alone.refusal('POST', '/keys/test', body)
    expect(none).toMatchObject({ status: 503, message: expect.stringContaining('vault key') })
    await alone.addVaultKey()
    const silent = await alone.refusal('POST', '/keys/test', body)
    expect(silent).toMatchObject({ status: 503, message: expect.stringContaining('No gateway') })
  })
})
