import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { hashPassword, verifyPassword } from '@/lib/auth/password'
import { createSetupLink, ensureOwner } from '@/lib/auth/setup'
import { startAdmin, type TestAdmin } from '../support/admin'

let admin: TestAdmin
beforeAll(async () => {
  admin = await startAdmin()
})
afterAll(() => admin?.stop())
beforeEach(() => admin.gateway.sql.unsafe('truncate invites, members cascade'))

const password = 'correct horse battery'
const owner = { email: 'ann@acme.example', password, name: 'Ann' }

/** Without the admin token: the link's token is all that a new owner has. */
async function setUp(token: string | null, fields: object = {}) {
  const response = await admin.app.request('/api/admin/setup', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, ...owner, ...fields }),
  })
  const json = await response.json()
  return { status: response.status, json }
}
const link = () => createSetupLink(admin.gateway.db)
const owners = () => admin.gateway.sql`select email, role, password_hash from members`

it('makes the owner once, keeping neither token nor password', async () => {
  const token = await link()
  const { status, json } = await setUp(token)
  expect(status).toBe(201)
  expect(json).toMatchObject({ email: 'ann@acme.example', name: 'Ann', role: 'owner' })
  const [row] = await owners()
  expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await verifyPassword(row?.password_hash, password)).toBe(true)
  expect(await verifyPassword(row?.password_hash, `${password}!`)).toBe(false)
  const invites = await admin.gateway.sql`select invites::text as text from invites`
  expect(JSON.stringify(invites)).not.toContain(token)
  expect(await setUp(token)).toMatchObject({ status: 404, json: { error: { code: 'route_not_found' } } })
  expect(await link()).toBeNull()
})

it('lets a new link end the one before, and time end both', async () => {
  const [first, second] = [await link(), await link()]
  expect(await setUp(first)).toMatchObject({
    status: 403,
    json: { error: { code: 'forbidden', hint: expect.stringContaining('Restart') } },
  })
  await admin.gateway.sql`update invites set expires_at = now() - interval '1 second'`
  expect((await setUp(second)).status).toBe(403)
  expect((await setUp('invented')).status).toBe(403)
  expect(await owners()).toHaveLength(0)
})

it('makes one owner when a link is used twice at once, and beside the environment’s owner', async () => {
  const token = await link()
  const answers = await Promise.all([
    setUp(token, { email: 'one@acme.example' }),
    setUp(token, { email: 'two@acme.example' }),
    ensureOwner(admin.gateway.db, 'three@acme.example', password),
    setUp(token, { email: 'four@acme.example' }),
  ])
  expect(await owners()).toHaveLength(1)
  expect(answers.filter((answer) => answer?.status === 201).length).toBeLessThanOrEqual(1)
})

it('refuses short passwords and bad addresses without spending the link', async () => {
  const token = await link()
  expect(await setUp(token, { password: 'too short' })).toMatchObject({
    status: 400,
    json: { error: { param: 'password' } },
  })
  expect(await setUp(token, { email: 'nobody' })).toMatchObject({
    status: 400,
    json: { error: { param: 'email' } },
  })
  expect((await setUp(token)).status).toBe(201)
})

it('makes the environment’s owner only while there is none', async () => {
  await ensureOwner(admin.gateway.db, 'env@acme.example', password)
  await ensureOwner(admin.gateway.db, 'late@acme.example', password)
  expect((await owners()).map((row) => row.email)).toEqual(['env@acme.example'])
  await expect(ensureOwner(admin.gateway.db, 'x@acme.example', 'short')).rejects.toThrow('12 characters')
})

it('salts passwords', async () => {
  expect(await hashPassword(password)).not.toBe(await hashPassword(password))
})
