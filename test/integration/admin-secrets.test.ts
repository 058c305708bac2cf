import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { log } from '@/lib/log'
import { open } from '@/lib/secrets/vault'
import { startAdmin, type TestAdmin } from '../support/admin'

let admin: TestAdmin
let provider: { id: string }
beforeAll(async () => {
  admin = await startAdmin()
  provider = await admin.create('/providers', { slug: 'mock', base_url: 'https://api.example.com/v1' })
})
afterAll(() => admin?.stop())

const marker = 'MARKER0secret0that0nobody0may0see'

it('no key is made before a gateway has brought the vault’s public key', async () => {
  const body = { provider: 'mock', name: 'early', secret: marker }
  const { status, json } = await admin.call('POST', '/keys', body)
  expect(status).toBe(503)
  expect(json.error).toMatchObject({ code: 'service_unavailable', hint: expect.stringContaining('gateway') })
  expect((await admin.call('GET', '/keys')).json.data).toEqual([])
  await admin.addVaultKey()
})

describe('a secret', () => {
  it('is sealed for its row and address; the portal’s own role cannot read it back', async () => {
    const key = await admin.create('/keys', { provider: 'mock', name: 'sealed', secret: `${marker}-one` })
    const [row] = await admin.gateway.sql`select sealed from secrets where row_id = ${key.id}`
    const context = { purpose: 'key', rowId: key.id, baseUrl: 'https://api.example.com/v1' } as const
    expect(await open(admin.vault.privateKey, context, row?.sealed)).toBe(`${marker}-one`)
    await expect(
      open(admin.vault.privateKey, { ...context, baseUrl: 'https://evil.example' }, row?.sealed),
    ).rejects.toThrow()
    await expect(admin.portal.sql`select sealed from secrets`).rejects.toMatchObject({ code: '42501' })
    await expect(
      admin.portal.sql`update secrets set vault_key_id = encode(sealed, 'hex')`,
    ).rejects.toMatchObject({ code: '42501' })

    await admin.call('PATCH', `/keys/${key.id}`, { secret: `${marker}-two` })
    const [changed] = await admin.gateway.sql`select sealed from secrets where row_id = ${key.id}`
    expect(await open(admin.vault.privateKey, context, changed?.sealed)).toBe(`${marker}-two`)
    await admin.call('DELETE', `/keys/${key.id}`)
    expect(await admin.gateway.sql`select 1 from secrets where row_id = ${key.id}`).toHaveLength(0)
  })

  it('is not echoed by any refusal, nor logged by any failure', async () => {
    const write = vi.spyOn(log, 'error')
    const secret = `${marker}-refused`
    const attempts: [string, string, unknown][] = [
      ['POST', '/keys', { provider: 'mock', name: 'k', secret, secret_ref: secret }],
      ['POST', '/keys', { provider: 'mock', name: 'k', secret: `${secret} spaced` }],
      ['POST', '/keys', { provider: 'mock', name: 'k', secret: [secret] }],
      ['POST', '/keys', { provider: 'mock', name: 'k', secret: `${secret}${'x'.repeat(9000)}` }],
      ['POST', '/keys', { provider: 'mock', name: 'k', environment: 7, secret }],
      ['PATCH', `/keys/${provider.id}`, { secret }],
    ]
    for (const [method, path, body] of attempts) {
      expect((await admin.call(method, path, body)).status).toBeGreaterThanOrEqual(400)
    }
    const broken = `{"provider":"mock","secret":"${secret}"`
    await admin.send('POST', '/keys', { body: broken, headers: { 'content-type': 'application/json' } })
    // A failure inside the database while the secret's row is written.
    await admin.gateway.sql.unsafe('alter table secrets rename to secrets_away')
    const failed = await admin.call('POST', '/keys', { provider: 'mock', name: 'k', secret })
    await admin.gateway.sql.unsafe('alter table secrets_away rename to secrets')
    expect(failed.status).toBe(500)
    expect(write).toHaveBeenCalled()
    expect(JSON.stringify(write.mock.calls)).not.toContain(marker)
    write.mockRestore()
  })

  it('is in no answer and in no table of the database', async () => {
    await admin.create('/keys', { provider: 'mock', name: 'stays', secret: `${marker}-stays` })
    for (const path of ['/keys', '/providers', '/pools', '/settings', '/status', '/requests', '/usage']) {
      expect((await admin.call('GET', path)).status).toBe(200)
    }
    expect(admin.answered.length).toBeGreaterThan(10)
    expect(admin.answered.filter((text) => text.includes(marker))).toEqual([])
    const tables = await admin.gateway
      .sql`select table_name from information_schema.tables where table_schema = 'public'`
    expect(tables.length).toBeGreaterThan(30)
    const hex = Buffer.from(marker).toString('hex')
    for (const { table_name } of tables) {
      const [row] = await admin.gateway
        .sql`select coalesce(string_agg(t::text, ' '), '') as text from ${admin.gateway.sql(table_name)} t`
      expect(row?.text).not.toContain(marker)
      expect(row?.text).not.toContain(hex)
    }
  })
})
