import { expect, test } from 'vitest'
import { createAdminApp } from '@/lib/admin/app'
import { adminRights } from '@/lib/auth/admin-rights'
import { type Action, can, ownerScope, type Role, resources, rightsOf, roles } from '@/lib/auth/can'
import { connect } from '@/lib/data/database'
import { parseEnv } from '@/lib/env'

/** Every address that the admin API registers; nothing is asked of the database. */
function registeredRoutes(): string[] {
  const database = connect('postgres://nobody@127.0.0.1:1/none')
  const { routes } = createAdminApp({ database, env: parseEnv({}) })
  const own = routes.filter(({ method }) => method !== 'ALL')
  return [...new Set(own.map(({ method, path }) => `${method} ${path.slice('/api/admin'.length)}`))]
}

/** Who may call what: the first letters of the roles. Here a second time, so that a slip in the table is seen. */
const allowed: Record<string, string> = {
  'GET /openapi.json': 'anybody',
  'GET /docs': 'anybody',
  'GET /docs.css': 'anybody',
  'POST /setup': 'anybody',
  'POST /invites/accept': 'anybody',
  'GET /me': 'own op dev fin view',
  'PATCH /me': 'own op dev fin view',
  'GET /sessions': 'own op dev fin view',
  'DELETE /sessions': 'own op dev fin view',
  'DELETE /sessions/:id': 'own op dev fin view',
  'GET /status': 'own op view',
  'GET /jobs': 'own op view',
  'GET /settings': 'own op fin view',
  'PATCH /settings': 'own op',
  'GET /providers': 'own op view',
  'GET /providers/presets': 'own op view',
  'GET /providers/:id': 'own op view',
  'POST /providers': 'own op',
  'PATCH /providers/:id': 'own op',
  'DELETE /providers/:id': 'own op',
  'GET /keys': 'own op view',
  'GET /keys/:id': 'own op view',
  'POST /keys': 'own op',
  'POST /keys/test': 'own op',
  'PATCH /keys/:id': 'own op',
  'DELETE /keys/:id': 'own op',
  'POST /keys/:id/disable': 'own op',
  'POST /keys/:id/enable': 'own op',
  'POST /keys/:id/probe': 'own op',
  'PUT /keys/:id/balance': 'own op',
  'DELETE /keys/:id/balance': 'own op',
  'GET /pools': 'own op view',
  'GET /pools/:id': 'own op view',
  'POST /pools': 'own op',
  'PATCH /pools/:id': 'own op',
  'DELETE /pools/:id': 'own op',
  'POST /pools/:id/switch': 'own op',
  'GET /models': 'own op dev view',
  'GET /models/:id': 'own op dev view',
  'POST /models': 'own op',
  'PATCH /models/:id': 'own op',
  'DELETE /models/:id': 'own op',
  'GET /prices': 'own op fin view',
  'GET /prices/:id': 'own op fin view',
  'POST /prices': 'own op',
  'DELETE /prices/:id': 'own op',
  'GET /stops': 'own op dev fin view',
  'POST /stops': 'own op',
  'DELETE /stops/:id': 'own op',
  'GET /policies': 'own op fin view',
  'GET /policies/:scope/:id': 'own op fin view',
  'PUT /policies/:scope/:id': 'own op',
  'GET /budgets': 'own op dev fin view',
  'POST /budgets/:id/release-lost': 'own op',
  'GET /health-events': 'own op view',
  'GET /alert-rules': 'own op view',
  'GET /alert-rules/:id': 'own op view',
  'POST /alert-rules': 'own op',
  'POST /alert-rules/preview': 'own op',
  'PATCH /alert-rules/:id': 'own op',
  'DELETE /alert-rules/:id': 'own op',
  'GET /alerts': 'own op view',
  'GET /alerts/:id': 'own op view',
  'POST /alerts/:id/acknowledge': 'own op',
  'POST /alerts/:id/resolve': 'own op',
  'GET /channels': 'own op view',
  'GET /channels/:id': 'own op view',
  'POST /channels': 'own op',
  'PATCH /channels/:id': 'own op',
  'DELETE /channels/:id': 'own op',
  'POST /channels/:id/test': 'own op',
  'GET /apps': 'own op dev view',
  'GET /apps/:id': 'own op dev view',
  'POST /apps': 'own op',
  'PATCH /apps/:id': 'own op',
  'DELETE /apps/:id': 'own op',
  'GET /apps/:id/keys': 'own op dev view',
  'POST /apps/:id/keys': 'own op dev',
  'PATCH /apps/:id/keys/:key_id': 'own op dev',
  'POST /apps/:id/keys/:key_id/rotate': 'own op dev',
  'POST /apps/:id/keys/:key_id/revoke': 'own op dev',
  'GET /usage': 'own op dev fin view',
  'GET /usage.csv': 'own op dev fin view',
  'GET /requests': 'own op dev fin view',
  'GET /requests.csv': 'own op dev fin view',
  'GET /requests.jsonl': 'own op dev fin view',
  'GET /requests/:id': 'own op dev fin view',
  'GET /members': 'own',
  'POST /members': 'own',
  'PATCH /members/:id': 'own',
  'DELETE /members/:id': 'own',
  'POST /members/:id/password-link': 'own',
  'GET /invites': 'own',
  'DELETE /invites/:id': 'own',
}
const short: Record<Role, string> = {
  owner: 'own',
  operator: 'op',
  developer: 'dev',
  finance: 'fin',
  viewer: 'view',
}

test.each(registeredRoutes())('%s has an entry in the table of rights, and one here', (route) => {
  expect(Object.keys(adminRights)).toContain(route)
  expect(Object.keys(allowed)).toContain(route)
})

test('no entry is left of a route that is gone', () => {
  expect(Object.keys(adminRights).filter((route) => !registeredRoutes().includes(route))).toEqual([])
  expect(Object.keys(allowed).filter((route) => !registeredRoutes().includes(route))).toEqual([])
})

test.each(Object.entries(allowed))('%s is for: %s', (route, expected) => {
  const need = adminRights[route]
  if (need === 'anybody' || need === undefined) return expect(need).toBe(expected)
  const may = roles.filter((role) => can({ role }, ...need))
  expect(may.map((role) => short[role]).join(' ')).toBe(expected)
})

test.each(['member', 'admin_token', 'security'] as const)('%s is the owner’s alone', (resource) => {
  const actions: Action[] = ['read', 'create', 'update', 'delete']
  for (const role of roles) {
    for (const action of actions) expect(can({ role }, action, resource)).toBe(role === 'owner')
  }
})

test('a developer’s rights end at their own apps, whatever the case of the address', () => {
  const developer = { role: 'developer', email: 'Dev@acme.example' } as const
  const at = (owner: string | null) => ({ resource: 'app_key', owner }) as const
  expect(can(developer, 'create', at('dev@ACME.example'))).toBe(true)
  expect(can(developer, 'create', at('other@acme.example'))).toBe(false)
  expect(can(developer, 'create', at(null))).toBe(false)
  expect(can({ role: 'developer' }, 'create', at(null))).toBe(false)
  expect(can({ role: 'developer', email: '' }, 'create', at(''))).toBe(false)
  expect(can({ role: 'operator' }, 'create', at('dev@acme.example'))).toBe(true)
})

test('the rows of an actor', () => {
  expect(ownerScope({ role: 'developer', email: 'dev@acme.example' }, 'usage')).toBe('dev@acme.example')
  expect(ownerScope({ role: 'developer' }, 'usage')).toBe('')
  expect(ownerScope({ role: 'developer', email: 'dev@acme.example' }, 'budget')).toBe('dev@acme.example')
  expect(ownerScope({ role: 'finance', email: 'fin@acme.example' }, 'usage')).toBeNull()
  expect(ownerScope({ role: 'owner' }, 'app')).toBeNull()
})

test('rights by resource leave out what a role may not touch', () => {
  expect(rightsOf('finance')).toMatchObject({ usage: ['read'], price: ['read'] })
  expect(Object.keys(rightsOf('finance'))).not.toContain('key')
  expect(Object.keys(rightsOf('owner'))).toEqual(resources)
})
