/** The public port before a portal: what reaches the portal, and what does not. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseEnv } from '@/lib/env'
import { createListener, takeOver } from '@/lib/server/listener'

const env = parseEnv({
  TRUSTED_PROXIES: '127.0.0.2',
  CRON_SECRET: 'cron secret of the tests',
  NEXTAUTH_URL: 'https://akcp.example.com',
})
let portal: Server
let front: Server
let portalUrl: string | null
let seen: IncomingMessage[]
let portalClosed: Promise<unknown>

const portOf = (server: Server) => (server.address() as AddressInfo).port
const listening = (server: Server) =>
  new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))

beforeAll(async () => {
  portal = createServer(async (incoming, response) => {
    seen.push(incoming)
    portalClosed = once(response, 'close')
    if (incoming.url === '/slow') return void response.writeHead(200).write('first')
    if (incoming.url === '/break') return void incoming.socket.destroy()
    response.setHeader('set-cookie', ['a=1', 'b=2'])
    response.end(JSON.stringify({ headers: incoming.headers, body: await text(incoming) }))
  })
  front = createServer()
  await Promise.all([listening(portal), listening(front)])
  const listener = createListener({
    env,
    address: 'https://akcp.example.com',
    frontSecret: 'the secret of this start',
    gateway: null,
    portalUrl: () => portalUrl,
    notReady: () => ['starting'],
  })
  takeOver(front, listener)
})
beforeEach(() => {
  portalUrl = `http://127.0.0.1:${portOf(portal)}`
  seen = []
})
afterAll(() => {
  for (const server of [front, portal]) {
    server.closeAllConnections()
    server.close()
  }
})

type Options = {
  method?: string
  headers?: Record<string, string | string[]>
  body?: string
  localAddress?: string
}

/** `fetch` would tidy up the path and the headers. */
async function ask(path: string, { method, headers, body, localAddress }: Options = {}) {
  const outgoing = request({ host: '127.0.0.1', port: portOf(front), path, method, headers, localAddress })
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  const answer = await text(response)
  return { status: response.statusCode, headers: response.headers, text: answer }
}

const errorOf = (answer: { text: string }) => JSON.parse(answer.text).error

describe('headers', () => {
  test('what only we may say is replaced by what we know', async () => {
    const answer = await ask('/keys?a=1', {
      headers: {
        host: 'localhost:3000',
        'x-forwarded-for': '6.6.6.6',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        'x-forwarded-prefix': '/evil',
        forwarded: 'for=6.6.6.6',
        'x-real-ip': '6.6.6.6',
        'x-middleware-subrequest': 'middleware',
        'x-akcp-front': 'guess',
        'x-matched-path': '/admin',
        'content-security-policy': 'script-src *',
        cookie: 'session=1',
        rsc: '1',
        'next-router-prefetch': '1',
      },
    })
    expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2'])
    const { headers } = JSON.parse(answer.text)
    expect(headers).toEqual({
      host: 'localhost:3000',
      connection: 'keep-alive',
      cookie: 'session=1',
      rsc: '1',
      'next-router-prefetch': '1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'localhost:3000',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '3000',
      'x-akcp-front': 'the secret of this start',
      'content-security-policy': expect.stringContaining("script-src 'self' 'nonce-"),
    })
  })

  test('a trusted proxy is believed about caller, host and https', async () => {
    const answer = await ask('/', {
      localAddress: '127.0.0.2',
      headers: {
        host: '127.0.0.1:3000',
        'x-forwarded-for': '6.6.6.6, 203.0.113.7',
        'x-forwarded-host': 'akcp.example.com',
        'x-forwarded-proto': 'https',
      },
    })
    expect(JSON.parse(answer.text).headers).toMatchObject({
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-host': 'akcp.example.com',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
    })
  })

  test.each(['evil.example', '127.0.0.1.evil.example:3000', 'akcp.example.com.evil.example'])(
    'Host %s is refused with the address to use',
    async (host) => {
      const answer = await ask('/', { headers: { host } })
      expect(answer.status).toBe(400)
      expect(errorOf(answer).hint).toContain('https://akcp.example.com')
      expect(seen).toEqual([])
    },
  )

  test('server actions are refused', async () => {
    expect((await ask('/', { method: 'POST', headers: { 'next-action': 'abc' } })).status).toBe(400)
    expect(seen).toEqual([])
  })

  test('an offer to upgrade is ignored, as HTTP allows', async () => {
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' }
    const answer = await ask('/', { headers })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text).headers).not.toHaveProperty('upgrade')
  })
})

describe('bodies', () => {
  test.each([
    ['content-length', '5'],
    ['transfer-encoding', 'chunked'],
  ])('pass with %s', async (name, value) => {
    const answer = await ask('/api/admin/apps', { method: 'POST', headers: { [name]: value }, body: 'hello' })
    expect(JSON.parse(answer.text).body).toBe('hello')
  })

  test('an answer streams, and a client that leaves ends it at the portal', async () => {
    const outgoing = request({ host: '127.0.0.1', port: portOf(front), path: '/slow' }).end()
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    expect(String((await once(response, 'data'))[0])).toBe('first')
    response.destroy()
    await portalClosed
  })
})

describe('paths', () => {
  test.each(['/x/../api/v1/models', '//api/v1/models', '/api%2fv1/models', '/api\\v1', '/a%00'])(
    '%s is refused and goes nowhere',
    async (path) => {
      const answer = await ask(path)
      expect([answer.status, errorOf(answer).code]).toEqual([400, 'invalid_request'])
      expect(seen).toEqual([])
    },
  )

  test.each(['/api/v1/models', '/v1/models', '/v1', '/%61pi/v1/models', '/api/metrics'])(
    '%s never reaches the portal',
    async (path) => {
      const answer = await ask(path)
      expect([answer.status, errorOf(answer).code]).toEqual([404, 'route_not_found'])
      expect(seen).toEqual([])
    },
  )

  test.each(['/api/v10', '/v1x', '/api/healthy'])('%s is the portal’s', async (path) => {
    expect((await ask(path)).status).toBe(200)
  })
})

describe('machines', () => {
  test('health is alive, readiness gives its reasons', async () => {
    for (const path of ['/api/health', '/health', '/healthz']) expect((await ask(path)).status).toBe(200)
    const ready = await ask('/api/ready')
    expect([ready.status, ready.text]).toEqual([503, '{"ready":false,"reasons":["starting"]}'])
    expect((await ask('/api/health', { method: 'POST' })).status).toBe(405)
  })

  test.each([
    ['from another machine through a trusted proxy', { 'x-forwarded-for': '203.0.113.7' }, '127.0.0.2', 403],
    ['from this machine', {}, undefined, 404],
    ['from this machine through a trusted proxy', { 'x-forwarded-for': '127.0.0.1' }, '127.0.0.2', 404],
    ['through a proxy nobody named', { 'x-forwarded-for': '127.0.0.1' }, undefined, 403],
    ['through another one', { forwarded: 'for=127.0.0.1' }, undefined, 403],
  ])('metrics %s', async (_name, headers, localAddress, status) => {
    expect((await ask('/metrics', { headers, localAddress })).status).toBe(status)
  })

  test('the scheduler has to identify itself', async () => {
    const withToken = (token: string) => ask('/api/cron', { headers: { authorization: `Bearer ${token}` } })
    const nobody = await ask('/api/cron')
    expect([nobody.status, nobody.headers['www-authenticate'], errorOf(nobody).code]).toEqual([
      401,
      'Bearer',
      'unauthorized',
    ])
    expect((await withToken('another secret')).status).toBe(401)
    expect(errorOf(await withToken('cron secret of the tests'))).toMatchObject({
      code: 'route_not_found',
      hint: expect.stringContaining('gateway'),
    })
    expect((await ask('/api/cron', { method: 'DELETE' })).status).toBe(405)
  })
})

describe('trouble', () => {
  test.each(['/keys', '/api/admin/apps'])(
    'while the portal is down, %s says when to come back',
    async (path) => {
      portalUrl = null
      const answer = await ask(path, { method: 'POST' })
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2'])
    },
  )

  test('a portal that dies with a request is the same', async () => {
    expect((await ask('/break')).status).toBe(503)
  })

  test('what is not HTTP gets an error in our form', async () => {
    const socket = connect(portOf(front), '127.0.0.1').end('NONSENSE\r\n\r\n')
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').error.code).toBe('invalid_request')
  })
})
