import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startAdmin, type TestAdmin } from '../support/admin'

let admin: TestAdmin
beforeAll(async () => {
  admin = await startAdmin()
  await admin.addVaultKey()
})
afterAll(() => admin?.stop())

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

describe('a key', () => {
  it('brings the provider of a preset along, with one call', async () => {
    await newKey('moonshot')
    const { json } = await admin.call('GET', '/providers')
    expect(json.data).toContainEqual(
      expect.objectContaining({
        slug: 'moonshot',
        base_url: 'https://api.moonshot.cn/v1',
        price_provider: 'moonshotai',
      }),
    )
  })

  it.each(['nobody', 'custom', 'ollama'])(
    'of the provider %s needs it to be added first',
    async (provider) => {
      const body = { provider, name: 'x', secret: 'sk-0123456789abcdef' }
      expect(await admin.refusal('POST', '/keys', body)).toMatchObject({ status: 400, param: 'provider' })
    },
  )
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
    expect(await admin.refusal('POST', '/providers', body)).toMatchObject({ status: 400, param })
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
      await admin.refusal('POST', '/providers', { slug: provider.slug, base_url: 'https://x.example' }),
    ).toMatchObject({
      status: 409,
      code: 'conflict',
      param: 'slug',
    })
    const key = await newKey(provider.slug)
    expect(await admin.refusal('DELETE', `/providers/${provider.id}`)).toMatchObject({ status: 409 })
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
    const answer = await admin.refusal('POST', '/keys', { provider: slug, name: 'k', ...fields })
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
      await admin.refusal('POST', '/keys', {
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
    expect(await admin.refusal('PATCH', `/keys/${key.id}`, { environment: 'staging' })).toMatchObject({
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
      await admin.refusal('POST', '/keys', { provider: slug, name: 'first', secret: 'sk-other' }),
    ).toMatchObject({ status: 409, param: 'name' })
    const same = await admin.refusal('POST', '/keys', {
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

  it('say when their balance is low and how they are probed', async () => {
    const { slug } = await newProvider()
    const probe = { enabled: true, interval_seconds: 300, paid: false, monthly_limit_usd: 1 }
    const key = await newKey(slug)
    expect(key).toMatchObject({ balance_threshold_usd: null, probe })
    const changed = await admin.call('PATCH', `/keys/${key.id}`, {
      balance_threshold_usd: 20.5,
      probe: { interval_seconds: 3600, paid: true },
    })
    expect(changed.json).toMatchObject({
      balance_threshold_usd: 20.5,
      probe: { ...probe, interval_seconds: 3600, paid: true },
    })
    expect((await admin.call('PATCH', `/keys/${key.id}`, { tags: ['a'] })).json).toMatchObject({
      balance_threshold_usd: 20.5,
      probe: { paid: true },
    })
    const reset = await admin.call('PATCH', `/keys/${key.id}`, { balance_threshold_usd: null, probe: null })
    expect(reset.json).toMatchObject({ balance_threshold_usd: null, probe })
    for (const [fields, param] of [
      [{ balance_threshold_usd: -1 }, 'balance_threshold_usd'],
      [{ probe: { interval_seconds: 1 } }, 'probe.interval_seconds'],
      [{ probe: { every: 5 } }, 'probe.every'],
    ] as const) {
      expect(await admin.refusal('PATCH', `/keys/${key.id}`, fields)).toMatchObject({ status: 400, param })
    }
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
