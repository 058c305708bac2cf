/** Which stops somebody learns of who may not see all of them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startAdmin, type TestAdmin } from '../support/admin'
import { type Person, personWith, sessionSecret } from '../support/identity'

let admin: TestAdmin
let developer: Person
let finance: Person
let ownApp: string
let otherApp: string

beforeAll(async () => {
  admin = await startAdmin({ NEXTAUTH_SECRET: sessionSecret })
  developer = await personWith(admin, 'developer', 'Dev@acme.example')
  finance = await personWith(admin, 'finance')
  ownApp = (
    await admin.create('/apps', {
      name: 'own',
      owner_email: 'dev@acme.example',
      tenant: 'acme',
      tenant_scope: ['acme', 'acme-eu'],
      project: 'shop',
      feature_scope: ['search'],
    })
  ).id
  otherApp = (await admin.create('/apps', { name: 'other', tenant: 'globex', project: 'bank' })).id
  const gone = await admin.create('/apps', {
    name: 'gone',
    owner_email: 'dev@acme.example',
    tenant: 'old-tenant',
  })
  await admin.call('DELETE', `/apps/${gone.id}`)
})

afterAll(() => admin?.stop())

test.each([
  ['global', undefined, 'developer finance'],
  ['app', 'own', 'developer'],
  ['app', 'other', ''],
  ['tenant', 'acme', 'developer'],
  ['tenant', 'acme-eu', 'developer'],
  ['tenant', 'globex', ''],
  ['tenant', 'old-tenant', ''],
  ['project', 'shop', 'developer'],
  ['project', 'bank', ''],
  ['feature', 'search', 'developer'],
  ['feature', 'chat', ''],
])('a stop of %s %s is told to: %s', async (scope, name, told) => {
  const id = { own: ownApp, other: otherApp }[name ?? ''] ?? name
  const pressed = await admin.create('/stops', { scope, id, mode: 'block', reason: 'a leaked key' })
  const readers = [developer, finance]
  const answers = await Promise.all(readers.map((person) => person.call('GET', '/stops')))
  const seen = readers.filter((_, index) => answers[index]?.json.data.length > 0)
  expect(seen.map(({ role }) => role).join(' ')).toBe(told)
  for (const person of readers) {
    expect((await person.call('DELETE', `/stops/${pressed.id}`)).status).toBe(403)
  }
  expect((await admin.call('GET', '/stops')).json.data).toEqual([pressed])
  await admin.call('DELETE', `/stops/${pressed.id}`)
})
