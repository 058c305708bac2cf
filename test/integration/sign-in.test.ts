/** Signing in and out over HTTP, through the front and next-auth, as a browser does it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attemptPolicies } from '@/lib/auth/attempt-limit'
import { type Running, startSystem } from '../support/system'

const owner = { email: 'owner@acme.example', password: 'correct horse battery' }
let system: Running
beforeAll(async () => {
  system = await startSystem({
    AKCP_OWNER_EMAIL: owner.email,
    AKCP_OWNER_PASSWORD: owner.password,
    TRUSTED_PROXIES: '127.0.0.1',
  })
}, 180_000)
afterAll(async () => {
  await system?.stop()
  await system?.clean()
})

type Options = { method?: string; headers?: Record<string, string>; body?: string | URLSearchParams }

/** Keeps cookies and does not follow redirects. `headers` go with every request. */
function visitor(headers: Record<string, string> = {}) {
  const jar = new Map<string, string>()
  const setCookies: string[] = []
  async function ask(path: string, options: Options = {}) {
    const response = await fetch(system.address + path, {
      redirect: 'manual',
      ...options,
      headers: {
        origin: system.address,
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
        ...headers,
        ...options.headers,
      },
    })
    for (const line of response.headers.getSetCookie()) {
      setCookies.push(line)
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value && !/max-age=0/i.test(line)) jar.set(name, value)
      else jar.delete(name)
    }
    return response
  }
  async function post(path: string, fields: Record<string, string>, more: Record<string, string> = {}) {
    const { csrfToken } = await (await ask('/api/auth/csrf')).json()
    const body = new URLSearchParams({ csrfToken, json: 'true', ...fields })
    return await ask(`/api/auth/${path}`, { method: 'POST', body, headers: more })
  }
  const signIn = (fields: object = {}, more = {}) =>
    post('callback/credentials', { ...owner, ...fields }, more)
  return { jar, setCookies, ask, post, signIn, me: () => ask('/api/admin/me') }
}

test('the owner of the environment signs in, works with the session and signs out', async () => {
  const browser = visitor()
  expect((await browser.ask('/settings')).headers.get('location')).toContain('/sign-in')
  expect((await browser.me()).status).toBe(401)
  expect((await browser.signIn()).status).toBe(200)
  const line = browser.setCookies.find((cookie) => cookie.startsWith('akcp-session=')) ?? ''
  expect(line).toMatch(/; HttpOnly/)
  expect(line).toMatch(/; SameSite=Lax/)
  expect(line).not.toMatch(/Secure/)
  const me = await (await browser.me()).json()
  expect(me).toMatchObject({ kind: 'session', member: { email: owner.email, role: 'owner' } })
  expect((await browser.ask('/settings')).status).toBe(200)

  const stolen = new Map(browser.jar)
  expect((await browser.post('signout', {})).status).toBe(200)
  expect(browser.jar.has('akcp-session')).toBe(false)
  for (const [name, value] of stolen) browser.jar.set(name, value)
  expect((await browser.me()).status).toBe(401)
  expect((await browser.ask('/settings')).headers.get('location')).toContain('/sign-in')
})

test('whoever is not signed in is sent to the sign-in page, and from there back', async () => {
  const browser = visitor()
  const address = '/keys?provider=openai&tag=a&tag=b%26c'
  const sent = await browser.ask(address)
  expect(sent.status).toBe(307)
  const [path, query] = (sent.headers.get('location') ?? '').split('?')
  expect(path).toBe('/sign-in')
  expect(new URLSearchParams(query).get('next')).toBe(address)

  await browser.signIn()
  for (const [next, leadsTo] of [
    [address, address],
    ['//evil.example', '/'],
    ['https://evil.example/keys', '/'],
  ] as const) {
    const answer = await browser.ask(`/sign-in?${new URLSearchParams({ next })}`)
    expect([answer.status, answer.headers.get('location')]).toEqual([307, leadsTo])
  }
})

test('what is not there answers 404', async () => {
  const browser = visitor()
  await browser.signIn()
  const unknown = '0199a0a0-0000-7000-8000-000000000000'
  const paths = [
    `/keys/${unknown}`,
    `/apps/${unknown}`,
    `/usage/requests/${unknown}`,
    '/keys/x',
    '/no-such-page',
  ]
  const answers = await Promise.all(paths.map((path) => browser.ask(path)))
  expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 404))
})

test('the language of a member comes along', async () => {
  const browser = visitor()
  await browser.signIn()
  const json = { 'content-type': 'application/json' }
  const body = JSON.stringify({ language: 'zh' })
  expect((await browser.ask('/api/admin/me', { method: 'PATCH', headers: json, body })).status).toBe(200)
  const elsewhere = visitor()
  await elsewhere.signIn()
  expect(elsewhere.jar.get('akcp-language')).toBe('zh-CN')
  expect(await (await elsewhere.ask('/settings')).text()).toContain('lang="zh-CN"')
})

test.each([
  ['a wrong password', { password: 'wrong horse battery' }, {}, 401],
  ['an unknown address', { email: 'nobody@acme.example' }, {}, 401],
  ['no password', { password: '' }, {}, 401],
  ['another site’s page', {}, { origin: 'https://evil.example' }, 403],
  ['another site’s page, as the browser says', {}, { 'sec-fetch-site': 'cross-site' }, 403],
  ['a form of its own making', { csrfToken: 'guess' }, {}, 200],
  ['a huge form', { password: 'x'.repeat(20_000) }, {}, 413],
])('%s begins no session', async (_, fields, headers, status) => {
  const browser = visitor()
  expect((await browser.signIn(fields, headers)).status).toBe(status)
  expect(browser.jar.has('akcp-session')).toBe(false)
  expect((await browser.me()).status).toBe(401)
})

test('behind a proxy with TLS the cookies are secure, and only the secure one counts', async () => {
  const https = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.5' }
  const browser = visitor({ ...https, origin: system.address.replace('http:', 'https:') })
  expect((await browser.signIn()).status).toBe(200)
  const line = browser.setCookies.find((cookie) => cookie.startsWith('__Secure-akcp-session=')) ?? ''
  expect(line).toMatch(/; Secure/)
  expect((await browser.me()).status).toBe(200)
  const { data } = await (await browser.ask('/api/admin/sessions')).json()
  expect(data[0]).toMatchObject({ address: '203.0.113.5', current: true })
  const secure = visitor(https)
  secure.jar.set('akcp-session', browser.jar.get('__Secure-akcp-session') ?? '')
  expect((await secure.me()).status).toBe(401)
})

test('nothing else of next-auth is served', async () => {
  const browser = visitor()
  for (const path of [
    'session',
    'providers',
    'verify-request',
    '_log',
    'callback/other',
    'signin/credentials',
  ]) {
    expect((await browser.ask(`/api/auth/${path}`)).status).toBe(404)
    expect((await browser.ask(`/api/auth/${path}`, { method: 'POST', body: '{}' })).status).toBe(404)
  }
  const away = await browser.ask('/api/auth/signin?callbackUrl=https://evil.example/')
  expect(away.headers.get('location') ?? '').not.toContain('evil')
})

test('too many wrong passwords are answered with 429 and a time, for that address alone', async () => {
  const attacker = visitor({ 'x-forwarded-for': '198.51.100.7' })
  const { attempts } = attemptPolicies['sign-in']
  for (let i = 0; i < attempts; i++)
    expect((await attacker.signIn({ password: `guess ${i}` })).status).toBe(401)
  const refused = await attacker.signIn()
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await refused.json()).error.code).toBe('rate_limit_exceeded')
  expect((await visitor({ 'x-forwarded-for': '198.51.100.8' }).signIn()).status).toBe(200)
})

test('there is no set-up any more', async () => {
  expect(system.output()).not.toContain('/setup?token=')
  const browser = visitor()
  expect((await browser.ask('/setup?token=guess')).status).toBe(404)
  const json = { 'content-type': 'application/json' }
  const body = JSON.stringify({ token: 'guess', ...owner })
  expect((await browser.ask('/api/admin/setup', { method: 'POST', headers: json, body })).status).toBe(404)
})
