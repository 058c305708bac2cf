/** `npm start` from the outside: real processes on real data folders. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '@/lib/server/free-port'
import { postmaster, query } from '../support/embedded-database'
import { familyOf, living } from '../support/processes'
import { type Running, startSystem } from '../support/system'

const root = fileURLToPath(new URL('../..', import.meta.url))
const token = 'internal-token-for-tests-0123456789'
const folders: string[] = []

function newFolder(): string {
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'akcp-start-'))
  chmodSync(folder, 0o755) // PostgreSQL runs as another user when the tests run as root.
  folders.push(folder)
  return join(folder, 'data')
}

beforeAll(() => {
  execFileSync(process.execPath, ['lib/server/start.mjs', '--build'], { cwd: root, stdio: 'ignore' })
}, 300_000)
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** Runs the launcher until it ends. */
async function launch(variables: Record<string, string>, args: string[] = []) {
  const child = spawn(process.execPath, ['lib/server/start.mjs', ...args], {
    cwd: root,
    env: { NODE_ENV: 'production', PATH: process.env.PATH, PORT: String(await freePort()), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text) => (stdout += text))
  child.stderr.on('data', (text) => (stderr += text))
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

function mentioning(text: string): string[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  return rows.filter((row) => row.includes(text))
}

/** The portal is the only child of ours that is not PostgreSQL. */
function portalOf(system: Running): number {
  const { pid } = postmaster(system.dataDir)
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const children = rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .filter(([id, parent]) => parent === system.process.pid && id !== pid)
    .map(([id = 0]) => id)
  return living(children)[0] ?? 0
}

const statusOf = async (url: string) => (await fetch(url).catch(() => null))?.status ?? 0

async function until(what: string, check: () => boolean | Promise<boolean>, ms = 15_000) {
  const deadline = Date.now() + ms
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`)
    await sleep(50)
  }
}

test('first start, second start, kill -9 of everything, third start: the data stays, nothing else does', async () => {
  const dataDir = newFolder()
  const first = await startSystem({ DATA_DIR: dataDir })
  expect(first.output()).toMatch(/ready in [\d.]+ s: http:\/\/127\.0\.0\.1:\d+\n/)
  expect(first.output()).toMatch(/\/setup\?token=[\w-]{43}\n/)
  for (const name of ['master.key', 'pepper.key', 'postgres.password']) {
    expect(statSync(join(dataDir, name)).mode & 0o777, name).toBe(0o600)
  }
  await query(dataDir, 'create table kept as select 42 as answer')
  const family = familyOf(first.process.pid)
  expect(family.length).toBeGreaterThan(5)
  expect(await first.stop()).toBe(0)
  expect(living(family)).toEqual([])
  expect(existsSync(join(dataDir, 'lock'))).toBe(false)

  const start = performance.now()
  const second = await startSystem({ DATA_DIR: dataDir })
  expect(performance.now() - start).toBeLessThan(5000)
  expect(await query(dataDir, 'select answer from kept')).toEqual([{ answer: 42 }])
  const secondFamily = familyOf(second.process.pid)
  for (const pid of secondFamily) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {} // ended with its parent
  }
  await until('all are gone', () => living(secondFamily).length === 0)

  const third = await startSystem({ DATA_DIR: dataDir })
  expect(await query(dataDir, 'select answer from kept')).toEqual([{ answer: 42 }])
  expect(await third.stop()).toBe(0)
}, 60_000)

test('kill -9 of the launcher: the portal ends with it, PostgreSQL is adopted', async () => {
  const dataDir = newFolder()
  const system = await startSystem({ DATA_DIR: dataDir })
  const portal = portalOf(system)
  const before = postmaster(dataDir)
  system.process.kill('SIGKILL')
  await until('the portal has ended', () => living([portal]).length === 0)
  expect(living([before.pid])).toEqual([before.pid])

  const next = await startSystem({ DATA_DIR: dataDir })
  expect(next.output()).toContain(`PostgreSQL was still running (process ${before.pid})`)
  expect(postmaster(dataDir)).toEqual(before)
  await next.stop()
  expect(living([before.pid])).toEqual([])
}, 60_000)

test('a process id that was given to another program does not keep PostgreSQL from starting', async () => {
  const dataDir = newFolder()
  const system = await startSystem({ DATA_DIR: dataDir })
  const family = familyOf(system.process.pid)
  for (const pid of [system.process.pid ?? 0, postmaster(dataDir).pid]) process.kill(pid, 'SIGKILL')
  await until('all are gone', () => living(family).length === 0)
  const file = join(dataDir, 'postgres', 'postmaster.pid')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(process.pid)))
  const next = await startSystem({ DATA_DIR: dataDir })
  expect(await next.stop()).toBe(0)
}, 60_000)

describe('one running system', () => {
  let system: Running
  beforeAll(async () => {
    system = await startSystem({
      DATA_DIR: newFolder(),
      AKCP_INTERNAL_TOKEN: token,
      MAX_BODY_BYTES: '4096',
    })
  })
  afterAll(() => system?.stop())

  test.each([
    ['announced', 'x'.repeat(5000)],
    ['found out while reading', new Blob(['x'.repeat(5000)]).stream()],
  ])('a body past the limit, %s, is one clean error', async (_name, body) => {
    const response = await fetch(`${system.address}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit)
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({
      error: { code: 'request_too_large', hint: expect.stringContaining('MAX_BODY_BYTES') },
    })
  })

  test('a second start on its port says so in one line', async () => {
    const { code, stderr, stdout } = await launch({ PORT: String(system.port), DATA_DIR: newFolder() })
    expect(stderr).toBe(
      `akcp: port ${system.port} on 127.0.0.1 is already in use: stop what uses it, or take another one: PORT=${system.port + 1} npm start\n`,
    )
    expect([code, stdout]).toEqual([1, ''])
  })

  test('a second start on its data folder says so in one line', async () => {
    const { code, stderr, stdout } = await launch({ DATA_DIR: system.dataDir })
    expect(stderr).toContain(
      `akcp: ${system.dataDir} is in use by another AKCP (process ${system.process.pid}`,
    )
    expect([code, stdout, stderr.split('\n').length]).toEqual([1, '', 2])
  })

  test('migrating its data folder beside it is refused too', async () => {
    const { code, stderr } = await launch({ DATA_DIR: system.dataDir }, ['--migrate'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('is in use by another AKCP')])
  })

  test('kill -9 of the portal leaves calls answered, and it comes back by itself', async () => {
    const portal = portalOf(system)
    expect(await statusOf(`${system.address}/`)).toBe(200)
    process.kill(portal, 'SIGKILL')
    await until('the portal is known to be down', async () => (await statusOf(`${system.address}/`)) === 503)
    expect(await statusOf(`${system.address}/api/v1/models`)).toBe(401)
    expect(await statusOf(`${system.address}/api/ready`)).toBe(200)
    await until('the portal is back', async () => (await statusOf(`${system.address}/`)) === 200)
    expect(portalOf(system)).not.toBe(portal)
  })

  test('the portal has neither the master key nor a role that could read with it', () => {
    const environment = readFileSync(`/proc/${portalOf(system)}/environ`, 'utf8')
    const masterKey = readFileSync(join(system.dataDir, 'master.key'), 'utf8').trim()
    expect(environment).toContain('DATABASE_URL=postgres://akcp_portal:')
    expect(environment).not.toContain('AKCP_MASTER_KEY')
    expect(environment).not.toContain(masterKey)
  })
})

describe('one line, exit code 1, and nothing left behind', () => {
  const key = Buffer.alloc(32).toString('base64')
  const keys = { AKCP_MASTER_KEY: key, AKCP_APP_KEY_PEPPER: key }
  test.each<[string, Record<string, string>, RegExp]>([
    [
      'a malformed PORT',
      { PORT: '80a' },
      /^akcp: PORT is malformed: expected a whole number from 0 to 65535\n$/,
    ],
    [
      'a HOST that is not ours',
      { HOST: '192.0.2.1' },
      /^akcp: HOST is malformed: expected .*192\.0\.2\.1.*\n$/,
    ],
    ['a malformed variable', { LOG_LEVEL: 'loud' }, /^akcp: LOG_LEVEL is malformed: expected fatal, .*\n$/],
    ['a misspelt variable', { AKCP_MASTERKEY: key }, /^akcp: AKCP_MASTERKEY is not a variable of AKCP.*\n$/],
    [
      'a database without a master key',
      { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/d', AKCP_APP_KEY_PEPPER: key },
      /^akcp: AKCP_MASTER_KEY is needed .*node -e .*\n$/,
    ],
    [
      'a database without a pepper',
      { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/d', AKCP_MASTER_KEY: key },
      /^akcp: AKCP_APP_KEY_PEPPER is needed .*\n$/,
    ],
    [
      'an unreachable database',
      { DATABASE_URL: 'postgres://u:marker@127.0.0.1:1/d', ...keys },
      /^akcp: the database at 127\.0\.0\.1:1\/d cannot be reached \(ECONNREFUSED\).*\n$/,
    ],
    ['a portal without a database', { ROLE: 'portal' }, /^akcp: ROLE=portal needs DATABASE_URL.*\n$/],
    [
      'a data folder that cannot be made even by root',
      { DATA_DIR: '/proc/akcp/data' },
      /^akcp: \/proc\/akcp cannot be written by .*\n$/,
    ],
    [
      'a data folder that cannot be made',
      { DATA_DIR: join(root, 'package.json', 'data') },
      /^akcp: .*package\.json.data cannot be written by .*\n$/,
    ],
  ])('%s', async (_name, variables, message) => {
    const dataDir = newFolder()
    const { code, stderr, stdout } = await launch({ DATA_DIR: dataDir, ...variables })
    expect(stderr).toMatch(message)
    expect(code).toBe(1)
    expect(stdout + stderr).not.toContain('marker')
    expect(mentioning(dataDir)).toEqual([])
    expect(existsSync(join(dataDir, 'lock'))).toBe(false)
  })

  test.each([
    ['master.key', /master\.key is missing/],
    ['pepper.key', /pepper\.key is missing/],
    ['postgres.password', /postgres\.password is missing/],
    ['postgres/PG_VERSION', /was made by PostgreSQL 17 and this is 18/],
  ])('data without its %s', async (name, message) => {
    const dataDir = newFolder()
    expect((await launch({ DATA_DIR: dataDir }, ['--migrate'])).code).toBe(0)
    if (name.endsWith('PG_VERSION')) writeFileSync(join(dataDir, name), '17\n')
    else rmSync(join(dataDir, name))
    const { code, stderr } = await launch({ DATA_DIR: dataDir })
    expect(stderr).toMatch(message)
    expect([code, stderr.split('\n').length]).toEqual([1, 2])
    expect(mentioning(dataDir)).toEqual([])
  })
})

describe('stopping', () => {
  let upstream: Server
  let answers: ServerResponse[]
  beforeAll(async () => {
    upstream = createServer((request, response) => {
      request.resume()
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"n":1}\n\n')
      answers.push(response)
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  })
  afterEach(() => upstream.closeAllConnections())
  afterAll(() => upstream.close())

  async function streamingCall(drainSeconds: string) {
    answers = []
    const origin = `127.0.0.1:${(upstream.address() as AddressInfo).port}`
    const system = await startSystem({
      DATA_DIR: newFolder(),
      DRAIN_SECONDS: drainSeconds,
      AKCP_INTERNAL_TOKEN: token,
      OPENAI_API_KEY: 'sk-test',
      PROVIDER_OPENAI_BASE_URL: `http://${origin}/v1`,
      AKCP_ALLOW_PRIVATE_ORIGINS: origin,
    })
    const response = await fetch(`${system.address}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-4o-mini',
        stream: true,
        messages: [{ role: 'user', content: 'hi' }],
      }),
    })
    expect(response.status).toBe(200)
    return { system, text: response.text() }
  }

  test('lets a stream end, answers it whole, and writes its row', async () => {
    const { system, text } = await streamingCall('30')
    const family = familyOf(system.process.pid)
    const ended = system.stop()
    await until(
      'load balancers are told',
      async () => (await statusOf(`${system.address}/api/ready`)) === 503,
    )
    answers[0]?.end('data: [DONE]\n\n')
    expect(await text).toContain('[DONE]')
    expect(await ended).toBe(0)
    expect(living(family)).toEqual([])

    const again = await startSystem({ DATA_DIR: system.dataDir })
    expect(await query(system.dataDir, 'select outcome, status from requests')).toEqual([
      { outcome: 'ok', status: 200 },
    ])
    await again.stop()
  }, 60_000)

  test('a second signal ends it within 5 s, with nothing left running', async () => {
    const { system, text } = await streamingCall('600')
    text.catch(() => {})
    const family = familyOf(system.process.pid)
    const exit = once(system.process, 'exit')
    system.process.kill('SIGINT')
    system.process.kill('SIGINT') // Ctrl-C under npm arrives twice
    await sleep(1500)
    expect(living([system.process.pid ?? 0])).toHaveLength(1)
    const start = performance.now()
    system.process.kill('SIGINT')
    await exit
    expect(performance.now() - start).toBeLessThan(5000)
    expect(living(family)).toEqual([])
  }, 60_000)

  test('does not wait for connections that are only open', async () => {
    const system = await startSystem({ DATA_DIR: newFolder(), DRAIN_SECONDS: '600' })
    const idle = connect(system.port, '127.0.0.1')
    idle.on('error', () => {})
    idle.write('GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(idle, 'data')
    const silent = connect(system.port, '127.0.0.1').on('error', () => {})
    await once(silent, 'connect')
    const start = performance.now()
    expect(await system.stop()).toBe(0)
    expect(performance.now() - start).toBeLessThan(3000)
  })
})
