/** The whole product with a bot named by its environment: from a refused secret to the card, and the terminal commands. */
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Bot, startBot, textOf } from '../support/feishu'
import { type Running, startSystem } from '../support/system'
import { startUpstream, type Upstream } from '../support/upstream'

const root = fileURLToPath(new URL('../..', import.meta.url))
const adminToken = 'alerting-admin-token-0123456789'
const botSecret = 'the-secret-of-the-bot'
let upstream: Upstream
let bot: Bot
let system: Running
let variables: Record<string, string>
let rawKey: string
let keyId: string

beforeAll(async () => {
  upstream = await startUpstream()
  bot = await startBot()
  await bot.ask({ secret: botSecret })
  variables = {
    AKCP_ADMIN_TOKEN: adminToken,
    AKCP_ALLOW_PRIVATE_ORIGINS: `${upstream.origin},${bot.origin}`,
    FEISHU_WEBHOOK_URL: bot.url,
    FEISHU_WEBHOOK_SECRET: botSecret,
    LOG_LEVEL: 'warn',
  }
  system = await startSystem(variables)
  const provider = { preset: 'custom', slug: 'mock', base_url: upstream.baseUrl, model_patterns: ['*'] }
  await admin('POST', '/providers', provider)
  keyId = (await admin('POST', '/keys', { provider: 'mock', name: 'main', secret: 'sk-alerting-0123456789' }))
    .id
  const app = await admin('POST', '/apps', { name: 'checkout', tenant: 'acme' })
  rawKey = (await admin('POST', `/apps/${app.id}/keys`, { name: 'sdk' })).raw_key
})
afterAll(async () => {
  await system?.stop()
  await system?.clean()
  await upstream?.stop()
  bot?.stop()
})

async function admin(method: string, path: string, body?: unknown) {
  const response = await fetch(`${system.address}/api/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  return text ? JSON.parse(text) : null
}

async function call(): Promise<number> {
  const response = await fetch(`${system.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] }),
  })
  await response.text()
  return response.status
}

/** `npm run akcp -- …` beside the running system. */
async function akcp(
  args: string[],
  more: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['lib/server/start.mjs', '--command', ...args], {
    cwd: root,
    env: { NODE_ENV: 'test', PATH: process.env.PATH, DATA_DIR: system.dataDir, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, output }
}

const titles = () => bot.titles()

test('a refused secret is told within a tick, with its pool, its app and a way out, and so is its mending', async () => {
  expect(await call()).toBe(200)
  const [channel] = (await admin('GET', '/channels')).data
  expect(channel).toMatchObject({ from_environment: true, signed: true, kind: 'feishu' })
  await upstream.fault({ secret: 'sk-alerting-0123456789', status: 401 })
  expect(await call()).not.toBe(200)
  await vi.waitUntil(async () => (await titles()).some((title: string) => title.includes('密钥 main')), {
    timeout: 40_000,
    interval: 500,
  })
  const told = (await bot.received()).find((one) => textOf(one).includes('密钥 main'))
  const card = told ? textOf(told) : ''
  expect(card).toContain('密钥被拒绝')
  expect(card).toContain('建议')
  expect(JSON.stringify(told?.body)).toContain(`/keys/${keyId}`)

  await upstream.reset()
  await admin('PATCH', `/keys/${keyId}`, { secret: 'sk-alerting-new-0123456789' })
  await vi.waitUntil(
    async () => (await titles()).some((title: string) => title.includes('已恢复：密钥 main')),
    {
      timeout: 40_000,
      interval: 500,
    },
  )
  expect(await call()).toBe(200)
  const ofKey = (await titles()).filter((title: string) => title.includes('密钥 main'))
  expect(ofKey).toHaveLength(2)
}, 120_000)

test('the test button reaches the bot through a gateway', async () => {
  const [channel] = (await admin('GET', '/channels')).data
  expect(await admin('POST', `/channels/${channel.id}/test`)).toMatchObject({
    ok: true,
    status: 200,
    code: 0,
  })
})

describe('npm run akcp', () => {
  test('shows what there is to do, and what is wrong with a command', async () => {
    expect(await akcp(['help'])).toMatchObject({ code: 0, output: expect.stringContaining('feishu:test') })
    expect(await akcp(['dance'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('dance is not a command'),
    })
    expect(await akcp(['stop', 'app'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('expected the id'),
    })
    const elsewhere = await akcp(['health'], { DATA_DIR: '/tmp/akcp-nothing-runs-here' })
    expect(elsewhere).toMatchObject({ code: 1, output: expect.stringContaining('start it with npm start') })
  })

  test('sends a test message, by itself or through the running gateway', async () => {
    const { FEISHU_WEBHOOK_URL = '', FEISHU_WEBHOOK_SECRET = '', AKCP_ALLOW_PRIVATE_ORIGINS = '' } = variables
    const own = { FEISHU_WEBHOOK_URL, FEISHU_WEBHOOK_SECRET, AKCP_ALLOW_PRIVATE_ORIGINS }
    await sleep(1000)
    const before = (await bot.received()).length
    expect(await akcp(['feishu:test'], own)).toMatchObject({
      code: 0,
      output: expect.stringContaining('has arrived'),
    })
    expect(await akcp(['feishu:test'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('has arrived'),
    })
    expect((await bot.received()).length - before).toBeGreaterThanOrEqual(2)
    const wrong = await akcp(['feishu:test'], { ...own, FEISHU_WEBHOOK_SECRET: 'wrong' })
    expect(wrong).toMatchObject({ code: 1, output: expect.stringContaining('19021') })
  })

  test('stops calls, lists and lifts, and switches a key, in force within a second', async () => {
    expect(await akcp(['stop', 'app', 'checkout', '--reason', 'a leak'])).toMatchObject({ code: 0 })
    await vi.waitUntil(async () => (await call()) === 403, { timeout: 2000 })
    expect((await akcp(['stops'])).output).toContain('app checkout')
    expect(await akcp(['lift', '--all'])).toMatchObject({ code: 0 })
    await vi.waitUntil(async () => (await call()) === 200, { timeout: 2000 })
    expect(await akcp(['disable', 'main'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('disabled main'),
    })
    await vi.waitUntil(async () => (await call()) !== 200, { timeout: 2000 })
    expect(await akcp(['enable', keyId])).toMatchObject({ code: 0 })
    await vi.waitUntil(async () => (await call()) === 200, { timeout: 2000 })
  }, 60_000)

  test('says how it stands and whether the ledger adds up', async () => {
    const health = await akcp(['health'])
    expect(health.output).toContain('1 of 1 up')
    const ledger = await akcp(['ledger', 'verify'])
    expect(ledger).toMatchObject({ code: 0, output: expect.stringContaining('adds up') })
  })
})
