import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { adminRights } from '@/lib/auth/admin-rights'
import { attemptPolicies, createAttemptLimit } from '@/lib/auth/attempt-limit'
import { can, roles } from '@/lib/auth/can'
import { signIn } from '@/lib/auth/sign-in'
import { parseEnv } from '@/lib/env'
import { startAdmin, type TestAdmin } from '../support/admin'
import { memberPassword, type Person, personWith, portalOrigin, sessionSecret } from '../support/identity'
import { fillLedger } from '../support/ledger-rows'

let admin: TestAdmin
beforeAll(async () => {
  admin = await startAdmin({ NEXTAUTH_SECRET: sessionSecret })
})
afterAll(() => admin?.stop())
beforeEach(() => admin.gateway.sql.unsafe('truncate invites, members, sessions cascade'))

const lastAudit = async () =>
  (
    await admin.gateway
      .sql`select actor, action, resource, resource_id, details from audit order by seq desc limit 1`
  )[0]

describe('a session', () => {
  it('lets its member in and tells them who they are', async () => {
    const owner = await personWith(admin, 'owner')
    const { status, json } = await owner.call('GET', '/me')
    expect(status).toBe(200)
    expect(json).toMatchObject({
      kind: 'session',
      role: 'owner',
      member: { id: owner.id, email: owner.email },
    })
    expect(JSON.stringify(json)).not.toContain('argon2')
  })

  it.each([
    ['revoked', 'update sessions set revoked_at = now()'],
    ['expired', "update sessions set expires_at = now() - interval '1 second'"],
    ['of a removed member', 'update members set archived_at = now()'],
    ['deleted', 'truncate sessions'],
  ])('that is %s is refused with the next request', async (_, statement) => {
    const owner = await personWith(admin, 'owner')
    expect((await owner.call('GET', '/me')).status).toBe(200)
    await admin.gateway.sql.unsafe(statement)
    expect((await owner.call('GET', '/me')).status).toBe(401)
    expect((await owner.call('POST', '/members', { email: 'a@b.example', role: 'owner' })).status).toBe(401)
  })

  it('that nobody sealed is refused', async () => {
    const owner = await personWith(admin, 'owner')
    const [, token = ''] = owner.cookie.split('=')
    for (const cookie of [
      `akcp-session=${owner.sessionId}`,
      `akcp-session=${token.slice(0, -8)}AAAAAAAA`,
      `__Secure-akcp-session=${token}`,
      `akcp-session=`,
    ]) {
      expect((await owner.call('GET', '/me', undefined, { cookie })).status).toBe(401)
    }
  })

  it('says once a minute that it was used', async () => {
    const owner = await personWith(admin, 'owner')
    const seenAt = async () => (await admin.gateway.sql`select seen_at::text as at from sessions`)[0]?.at
    const first = await seenAt()
    await owner.call('GET', '/me')
    expect(await seenAt()).toBe(first)
    await admin.gateway.sql`update sessions set seen_at = now() - interval '2 minutes'`
    const stale = await seenAt()
    await owner.call('GET', '/me')
    expect(await seenAt()).not.toBe(stale)
  })

  it('follows a change of role at once', async () => {
    const [owner, other] = [await personWith(admin, 'owner'), await personWith(admin, 'viewer')]
    expect((await other.call('POST', '/apps', { name: 'early' })).status).toBe(403)
    expect((await owner.call('PATCH', `/members/${other.id}`, { role: 'operator' })).status).toBe(200)
    expect((await other.call('POST', '/apps', { name: 'late' })).status).toBe(201)
    expect((await admin.gateway.sql`select actor from audit order by seq desc limit 1`)[0]?.actor).toBe(
      `session:${other.email}`,
    )
  })

  it('is ended by its member, by an owner, and by nobody else', async () => {
    const [owner, viewer] = [await personWith(admin, 'owner'), await personWith(admin, 'viewer')]
    const finance = await personWith(admin, 'finance')
    const listed = (await viewer.call('GET', '/sessions')).json.data
    expect(listed).toMatchObject([{ id: viewer.sessionId, current: true, email: viewer.email }])
    expect((await owner.call('GET', '/sessions')).json.data).toHaveLength(3)
    expect((await viewer.call('DELETE', `/sessions/${finance.sessionId}`)).status).toBe(404)
    expect((await owner.call('DELETE', `/sessions/${finance.sessionId}`)).status).toBe(204)
    expect((await finance.call('GET', '/me')).status).toBe(401)
    expect((await viewer.call('DELETE', `/sessions/${viewer.sessionId}`)).status).toBe(204)
    expect((await viewer.call('GET', '/me')).status).toBe(401)
    expect((await owner.call('DELETE', '/sessions')).json).toEqual({ ended: 0 })
    expect((await owner.call('GET', '/me')).status).toBe(200)
  })
})

describe('a change with a session', () => {
  let owner: Person
  beforeEach(async () => {
    owner = await personWith(admin, 'owner')
  })

  it.each([
    ['from another site', { origin: 'https://evil.example' }, 403],
    ['from another port', { origin: 'http://portal.test:4000' }, 403],
    ['from a sandboxed page', { origin: 'null' }, 403],
    ['marked by the browser as another site’s', { 'sec-fetch-site': 'same-site' }, 403],
    ['from no page at all', { origin: '' }, 403],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['without a content type', { 'content-type': '' }, 415],
    ['from the portal', { 'sec-fetch-site': 'same-origin' }, 204],
  ])('%s', async (_, headers, status) => {
    const viewer = await personWith(admin, 'viewer')
    const answer = await owner.call(
      'DELETE',
      `/members/${viewer.id}`,
      undefined,
      headers as Record<string, string>,
    )
    expect(answer.status).toBe(status)
    const [row] = await admin.gateway.sql`select archived_at from members where id = ${viewer.id}`
    expect(row?.archived_at === null).toBe(status !== 204)
  })

  it('is compared with the host that the front was called under', async () => {
    const headers = {
      host: '127.0.0.1:40123',
      'x-forwarded-host': 'akcp.example.com',
      origin: 'https://akcp.example.com',
    }
    expect((await owner.call('PATCH', '/me', { name: 'Ann' }, headers)).status).toBe(200)
    expect((await owner.call('PATCH', '/me', {}, { ...headers, origin: portalOrigin })).status).toBe(403)
  })

  it('reading needs neither', async () => {
    const headers = { origin: '', 'content-type': '' }
    expect((await owner.call('GET', '/members', undefined, headers)).status).toBe(200)
  })
})

test('every address refuses the roles that have no right to it, and no others', async () => {
  const nobody = '01a1fb3f-0000-7000-8000-000000000000'
  for (const role of roles) {
    const person = await personWith(admin, role)
    for (const [route, need] of Object.entries(adminRights)) {
      if (need === 'anybody' || route === 'DELETE /sessions') continue
      const [method = '', path = ''] = route.split(' ')
      const url = path.replaceAll(/:\w+/g, nobody)
      const { status, json } = await person.call(method, url, method === 'GET' ? undefined : { unknown: 1 })
      const refused = status === 403 && json.error.message.includes(`role ${role}`)
      expect([role, route, refused]).toEqual([role, route, !can({ role }, ...need)])
    }
  }
})

describe('a developer', () => {
  test('sees, exports and issues keys for their own apps only', async () => {
    const { apps, rows } = await fillLedger(admin)
    const developer = await personWith(admin, 'developer', 'Dev@acme.example')
    const app = (name: string) => apps.find((one) => one.name === name) ?? { id: '' }
    const [web, batch] = [app('web'), app('batch')]
    await admin.call('PATCH', `/apps/${web.id}`, { owner_email: 'dev@ACME.example' })
    await admin.call('PATCH', `/apps/${batch.id}`, { owner_email: 'other@acme.example' })
    const get = (path: string) => developer.call('GET', path)
    const range = 'from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z'
    const own = rows.filter((row) => row.kind === 'call' && row.app_id === web.id)
    const others = rows.find((row) => row.kind === 'call' && row.app_id === batch.id)

    expect((await get('/apps')).json.data.map((app: { id: string }) => app.id)).toEqual([web.id])
    expect((await get(`/apps/${web.id}`)).status).toBe(200)
    for (const path of [
      `/apps/${batch.id}`,
      `/apps/${batch.id}/keys`,
      `/requests/${others?.id}`,
      `/requests?app=batch&${range}`,
      `/requests.csv?app=${batch.id}&${range}`,
      `/requests.jsonl?app=batch&${range}`,
      `/usage?app=${batch.id}&${range}`,
      `/usage.csv?app=web&app=batch&${range}`,
      '/usage?app=unheard-of',
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404])
    }

    const { json: usage } = await get(`/usage?group_by=app&${range}`)
    expect(usage.rows.map((row: { app: string }) => row.app)).toEqual([web.id])
    const calls = own.filter((row) => row.outcome !== 'refused').length
    expect([usage.totals.requests, usage.totals.refused]).toEqual([calls, own.length - calls])
    expect((await get(`/usage.csv?group_by=app&${range}`)).text).not.toContain(batch.id)
    const listed = (await get(`/requests?limit=200&${range}`)).json.data
    expect(new Set(listed.map((row: { app_id: string }) => row.app_id))).toEqual(new Set([web.id]))
    const lines = (await get(`/requests.csv?${range}`)).text.trim().split('\n')
    expect(lines).toHaveLength(own.length + 1)
    expect((await get(`/requests.jsonl?${range}`)).text.trim().split('\n')).toHaveLength(own.length)
    expect((await get(`/requests/${own[0]?.id}`)).status).toBe(200)

    const issued = await developer.call('POST', `/apps/${web.id}/keys`, { name: 'mine' })
    expect([issued.status, issued.json.raw_key]).toEqual([201, expect.stringMatching(/^akcp_/)])
    const foreign = await admin.create(`/apps/${batch.id}/keys`, { name: 'theirs' })
    const change = (app: string, key: string, path: string, body: unknown) =>
      developer.call(path ? 'POST' : 'PATCH', `/apps/${app}/keys/${key}${path}`, body)
    expect((await developer.call('POST', `/apps/${batch.id}/keys`, { name: 'x' })).status).toBe(404)
    expect((await change(batch.id, foreign.id, '', { status: 'disabled' })).status).toBe(404)
    expect((await change(web.id, foreign.id, '/revoke', undefined)).status).toBe(404)
    expect((await change(batch.id, foreign.id, '/rotate', { grace_seconds: 0 })).status).toBe(404)
    expect((await change(web.id, issued.json.id, '/revoke', undefined)).status).toBe(200)
    expect((await developer.call('PATCH', `/apps/${web.id}`, { tenant_scope: ['*'] })).status).toBe(403)
  })
})

describe('members', () => {
  const accept = async (token: string, fields: object = {}) => {
    const response = await admin.app.request('/api/admin/invites/accept', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, password: memberPassword, ...fields }),
    })
    const json = await response.json()
    return { status: response.status, json }
  }
  const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? ''

  it('join once through an invitation, which keeps no token', async () => {
    const owner = await personWith(admin, 'owner')
    const { status, json } = await owner.call('POST', '/members', {
      email: 'new@acme.example',
      role: 'finance',
    })
    expect(status).toBe(201)
    expect(json.url).toMatch(new RegExp(`^${portalOrigin}/invite\\?token=`))
    expect((await owner.call('GET', '/invites')).json.data).toMatchObject([{ email: 'new@acme.example' }])
    expect((await owner.call('GET', '/invites')).text).not.toContain('url')
    const stored = await admin.gateway.sql`select invites::text as text from invites`
    expect(JSON.stringify(stored)).not.toContain(tokenOf(json.url))
    expect(await lastAudit()).toMatchObject({ actor: `session:${owner.email}`, action: 'invite' })

    const answers = await Promise.all([1, 2, 3].map(() => accept(tokenOf(json.url), { name: 'New' })))
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 404, 404])
    expect(await lastAudit()).toMatchObject({ actor: 'session:new@acme.example', action: 'join' })
    expect((await owner.call('GET', '/members')).json.data).toMatchObject([
      { role: 'owner' },
      { email: 'new@acme.example', role: 'finance', name: 'New', seen_at: null },
    ])
    expect((await owner.call('GET', '/invites')).json.data).toEqual([])
  })

  it('do not join with a link that was replaced, withdrawn or has run out, or of the set-up', async () => {
    const owner = await personWith(admin, 'owner')
    const invite = async () =>
      (await owner.call('POST', '/members', { email: 'new@acme.example', role: 'viewer' })).json
    const [first, second] = [await invite(), await invite()]
    expect((await accept(tokenOf(first.url))).status).toBe(404)
    expect((await owner.call('DELETE', `/invites/${second.id}`)).status).toBe(204)
    expect((await owner.call('DELETE', `/invites/${second.id}`)).status).toBe(404)
    expect((await accept(tokenOf(second.url))).status).toBe(404)
    const third = await invite()
    await admin.gateway.sql`update invites set expires_at = now() - interval '1 second'`
    expect((await accept(tokenOf(third.url))).status).toBe(404)
    expect((await accept('invented')).status).toBe(404)
    const fourth = await invite()
    await admin.gateway.sql`update invites set purpose = 'setup'`
    expect((await accept(tokenOf(fourth.url))).status).toBe(404)
    expect((await owner.call('GET', '/members')).json.data).toHaveLength(1)
  })

  it('are not invited twice, and bad details do not spend the link', async () => {
    const owner = await personWith(admin, 'owner')
    expect(
      await owner.call('POST', '/members', { email: owner.email.toUpperCase(), role: 'viewer' }),
    ).toMatchObject({ status: 409, json: { error: { param: 'email' } } })
    expect((await owner.call('POST', '/members', { email: 'x@acme.example', role: 'god' })).status).toBe(400)
    const { json } = await owner.call('POST', '/members', { email: 'new@acme.example', role: 'viewer' })
    expect((await accept(tokenOf(json.url), { password: 'short' })).status).toBe(400)
    expect((await accept(tokenOf(json.url))).status).toBe(201)
  })

  it('keep one owner, also when two leave at once', async () => {
    const [first, second] = [
      await personWith(admin, 'owner', 'one@acme.example'),
      await personWith(admin, 'owner', 'two@acme.example'),
    ]
    const answers = await Promise.all([
      first.call('PATCH', `/members/${first.id}`, { role: 'viewer' }),
      second.call('DELETE', `/members/${second.id}`),
    ])
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(1)
    const token = (method: string, id: string, body?: unknown) => admin.call(method, `/members/${id}`, body)
    const [last] = await admin.gateway
      .sql`select id from members where role = 'owner' and archived_at is null`
    expect((await token('DELETE', last?.id)).status).toBe(409)
    expect((await token('PATCH', last?.id, { role: 'operator' })).status).toBe(409)
    expect((await token('PATCH', last?.id, { name: 'Boss', role: 'owner' })).status).toBe(200)
  })

  it('who are removed lose sessions and links, and can be invited again', async () => {
    const [owner, viewer] = [await personWith(admin, 'owner'), await personWith(admin, 'viewer')]
    const link = (await owner.call('POST', `/members/${viewer.id}/password-link`)).json
    expect((await owner.call('DELETE', `/members/${viewer.id}`)).status).toBe(204)
    expect((await viewer.call('GET', '/me')).status).toBe(401)
    expect((await accept(tokenOf(link.url))).status).toBe(404)
    const again = await owner.call('POST', '/members', { email: viewer.email, role: 'viewer' })
    expect((await accept(tokenOf(again.json.url))).status).toBe(201)
  })

  it('get a new password by link, which ends their sessions', async () => {
    const [owner, viewer] = [await personWith(admin, 'owner'), await personWith(admin, 'viewer')]
    const { json } = await owner.call('POST', `/members/${viewer.id}/password-link`)
    const password = 'another long password'
    expect((await accept(tokenOf(json.url), { password })).status).toBe(201)
    expect((await viewer.call('GET', '/me')).status).toBe(401)
    expect(await tryPassword(viewer.email, memberPassword)).toBeNull()
    expect(await tryPassword(viewer.email, password)).toMatchObject({ member: { id: viewer.id } })
  })

  it('change their own name, language and password', async () => {
    const viewer = await personWith(admin, 'viewer')
    const { json } = await viewer.call('PATCH', '/me', { name: 'Vi', language: 'zh' })
    expect(json.member).toMatchObject({ name: 'Vi', language: 'zh' })
    const password = 'another long password'
    expect(
      (await viewer.call('PATCH', '/me', { password, current_password: 'guess' })).json.error,
    ).toMatchObject({
      code: 'invalid_request',
      param: 'current_password',
    })
    expect((await viewer.call('PATCH', '/me', { password })).status).toBe(400)
    expect((await viewer.call('PATCH', '/me', { password, current_password: memberPassword })).status).toBe(
      200,
    )
    expect((await viewer.call('GET', '/me')).status).toBe(200)
    expect(await tryPassword(viewer.email, password)).not.toBeNull()
    expect((await admin.call('PATCH', '/me', { name: 'Token' })).status).toBe(403)
    expect((await viewer.call('PATCH', '/me', { role: 'owner' })).status).toBe(400)
  })
})

function tryPassword(email: string, password: string, limit = createAttemptLimit(parseEnv({}))) {
  return signIn(admin.portal, limit, { email, password, address: '127.0.0.1', userAgent: 'Test' })
}

describe('signing in', () => {
  it('begins a session of fourteen days with the right password, whatever the case of the address', async () => {
    const owner = await personWith(admin, 'owner')
    const signedIn = await tryPassword('OWNER@acme.example', memberPassword)
    expect(signedIn?.member).toMatchObject({ id: owner.id, role: 'owner' })
    const [row] = await admin.gateway.sql`
      select round(extract(epoch from expires_at - created_at) / 86400)::int as days, user_agent, address from sessions
      where id = ${signedIn?.sessionId ?? ''}`
    expect(row).toEqual({ days: 14, user_agent: 'Test', address: '127.0.0.1' })
    expect(await lastAudit()).toMatchObject({ action: 'sign_in', resource_id: signedIn?.sessionId })
  })

  it('refuses a wrong password, an unknown address, a removed member and one without a password', async () => {
    const owner = await personWith(admin, 'owner')
    expect(await tryPassword(owner.email, `${memberPassword}!`)).toBeNull()
    expect(await tryPassword('nobody@acme.example', memberPassword)).toBeNull()
    expect(await tryPassword('no\0body', memberPassword)).toBeNull()
    expect(await tryPassword(owner.email, 'x'.repeat(100_000))).toBeNull()
    await admin.gateway.sql`update members set password_hash = null`
    expect(await tryPassword(owner.email, '')).toBeNull()
    await admin.gateway.sql`update members set archived_at = now()`
    expect(await tryPassword(owner.email, memberPassword)).toBeNull()
  })

  it('takes as long for an address that nobody has', async () => {
    const owner = await personWith(admin, 'owner')
    const time = async (email: string) => {
      const times: number[] = []
      for (let i = 0; i < 7; i++) {
        const start = performance.now()
        await tryPassword(email, 'wrong password here')
        times.push(performance.now() - start)
      }
      return times.sort((a, b) => a - b)[3] ?? 0
    }
    await time('warm@acme.example')
    const [known, unknown] = [await time(owner.email), await time('nobody@acme.example')]
    expect(unknown).toBeGreaterThan(known / 3)
  })

  it('stops after too many attempts, even with the right password, and forgets them after a success', async () => {
    const owner = await personWith(admin, 'owner')
    const limit = createAttemptLimit(parseEnv({}))
    const { attempts } = attemptPolicies['sign-in']
    for (let i = 1; i < attempts; i++) await tryPassword(owner.email, 'wrong', limit)
    expect(await tryPassword(owner.email, memberPassword, limit)).not.toBeNull()
    for (let i = 0; i < attempts; i++) await tryPassword(owner.email.toUpperCase(), 'wrong', limit)
    await expect(tryPassword(owner.email, memberPassword, limit)).rejects.toMatchObject({
      code: 'rate_limit_exceeded',
      details: { headers: { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) } },
    })
  })
})

test('who calls the admin API too often is told when to come back', async () => {
  const other = await startAdmin({ NEXTAUTH_SECRET: sessionSecret })
  try {
    const { attempts } = attemptPolicies['one-time-link']
    const post = () =>
      other.app.request('/api/admin/invites/accept', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: 'guess', password: memberPassword }),
      })
    for (let i = 0; i < attempts; i++) expect((await post()).status).toBe(404)
    const refused = await post()
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true])
    expect((await other.call('GET', '/me')).status).toBe(200)
  } finally {
    await other.stop()
  }
})
