import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { eq } from 'drizzle-orm'
import type { Dispatcher } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { channels, deliveries } from '@/drizzle/schema'
import { type DeliveryContext, deliverDue, testChannel } from '@/lib/alerts/deliver'
import type { Facts } from '@/lib/alerts/facts'
import type { AlertPayload } from '@/lib/alerts/payload'
import { beginSending, claimChannel, insertDeliveries } from '@/lib/data/channels'
import { createUpstream } from '@/lib/gateway/upstream'
import { newId } from '@/lib/id'
import { startAdmin, type TestAdmin } from '../support/admin'
import { type Bot, startBot, textOf } from '../support/feishu'

const secret = 'the-secret-of-the-bot'
let admin: TestAdmin
let bot: Bot
let upstream: Dispatcher
let context: DeliveryContext
let channelId: string

beforeAll(async () => {
  bot = await startBot()
  await bot.ask({ secret })
  admin = await startAdmin({ AKCP_ALLOW_PRIVATE_ORIGINS: '127.0.0.1' })
  await admin.addVaultKey()
  upstream = createUpstream(['127.0.0.1'])
  context = {
    database: admin.gateway,
    processId: newId(),
    privateKey: admin.vault.privateKey,
    upstream,
    allowedOrigins: ['127.0.0.1'],
    portalUrl: 'https://akcp.example',
    environmentBot: null,
    timeoutMs: 1000,
  }
})
beforeEach(async () => {
  channelId = (
    await admin.create('/channels', { kind: 'feishu', name: 'ops', url: bot.url, secret, language: 'en' })
  ).id
})
afterEach(async () => {
  const { db } = admin.gateway
  await db.delete(deliveries)
  await db.delete(channels)
  await bot.ask({ clear: true, secret })
  // The bot counts what it got in the last second.
  await sleep(1000)
})
afterAll(async () => {
  await upstream?.destroy()
  await admin?.stop()
  bot?.stop()
})

const down: Facts = {
  kind: 'key_down',
  provider: 'openai',
  state: 'down',
  reason: 'auth',
  since: '2026-03-01T08:00:00.000Z',
  next_try_at: null,
  status: 401,
  message: 'Incorrect API key [link](https://evil.example) <at user_id="all">',
  pools: [{ name: 'main', up: 1, total: 2 }],
}

function payload(given: Partial<AlertPayload> = {}, name = 'one'): AlertPayload {
  return {
    kind: 'alert',
    alert_id: newId(),
    rule_id: '01900000-0000-7000-8000-000000000000',
    rule: 'Key down',
    notice: 'firing',
    severity: 'critical',
    details: { subject: { scope: 'key', id: 'k1', name }, facts: down, affects: ['checkout'] },
    applied: [],
    fired_at: '2026-03-01T08:00:00.000Z',
    resolved_at: null,
    ...given,
  }
}

async function tell(...payloads: AlertPayload[]) {
  const rows = payloads.map((one) => ({
    id: newId(),
    channelId,
    about: newId(),
    alertState: one.notice,
    payload: one,
  }))
  await insertDeliveries(admin.gateway.db, rows)
}

const rows = () => admin.gateway.db.select().from(deliveries).orderBy(deliveries.id)
const states = async () => (await rows()).map(({ state }) => state)
const retryNow = () => admin.gateway.db.update(deliveries).set({ nextTryAt: new Date(0) })

describe('a bot of Feishu', () => {
  test('gets a signed card that it accepts, with what happened and a button that leads there', async () => {
    await tell(payload())
    expect(await deliverDue(context)).toEqual({ sent: 1, failed: 0 })
    const [received] = await bot.received()
    expect(received).toMatchObject({ answered: 0, body: { card: { header: { template: 'red' } } } })
    const text = received ? textOf(received) : ''
    expect(text).toContain('AKCP · Key one (openai) is out: the secret is refused (401)')
    expect(text).toContain('checkout')
    expect(text).not.toContain('<at')
    expect(text).not.toContain('](https://evil.example)')
    expect(JSON.stringify(received?.body)).toContain('"default_url":"https://akcp.example/keys/k1"')
    expect(await rows()).toMatchObject([{ state: 'sent', tries: 1, receipt: { status: 200, code: 0 } }])
  })

  test('gets one message for all that a rule has to tell, however many processes send', async () => {
    await tell(...['a', 'b', 'c'].map((name) => payload({}, name)), payload({ notice: 'resolved' }, 'd'))
    const others = [1, 2, 3].map(() => deliverDue({ ...context, processId: newId() }))
    await Promise.all([deliverDue(context), ...others])
    expect((await bot.titles()).toSorted()).toEqual([
      'AKCP · Key down: 3',
      expect.stringMatching(/^AKCP · Over: Key d/),
    ])
    expect(new Set(await states())).toEqual(new Set(['sent']))
  })

  test('is never sent more than it takes: what is too much goes out as one digest', async () => {
    const rules = Array.from({ length: 40 }, (_, n) =>
      payload({ rule_id: newId(), rule: `rule ${n}` }, `key-${n}`),
    )
    await tell(...rules)
    await Promise.all([deliverDue(context), deliverDue({ ...context, processId: newId() })])
    const received = await bot.received()
    expect(received).toHaveLength(1)
    expect(received[0]?.bytes).toBeLessThanOrEqual(20 * 1024)
    expect(received[0] && textOf(received[0])).toContain('more: see the portal')
    expect(new Set(await states())).toEqual(new Set(['sent']))
  })

  test('keeps its pace of five a second', async () => {
    for (let n = 0; n < 8; n++) {
      await tell(payload({ rule_id: newId() }))
      await deliverDue(context)
    }
    const received = await bot.received()
    expect(received.map(({ answered }) => answered)).toEqual(Array(8).fill(0))
    for (let n = 5; n < received.length; n++) {
      expect((received[n]?.at ?? 0) - (received[n - 5]?.at ?? 0)).toBeGreaterThan(1000)
    }
  })

  test('that refuses the card gets plain text instead', async () => {
    await bot.ask({ answers: [{ code: 11246, msg: 'card content' }] })
    await tell(payload())
    await deliverDue(context)
    const received = await bot.received()
    expect(received.map(({ body }) => body.msg_type)).toEqual(['interactive', 'text'])
    expect(await states()).toEqual(['sent'])
  })

  test.each([
    [{ code: 11232 }, 'waiting'],
    [{ code: 99991400, status: 400, headers: { 'x-ogw-ratelimit-reset': '7' } }, 'waiting'],
    [{ code: 0, status: 429 }, 'waiting'],
    [{ code: 19024 }, 'failed'],
    [{ code: 19022 }, 'failed'],
    [{ code: 19001 }, 'failed'],
  ])('that answers %o leaves the message %s, and says why', async (answer, state) => {
    await bot.ask({ answers: [answer] })
    await tell(payload())
    await deliverDue(context)
    expect(await bot.received()).toHaveLength(1)
    expect(await rows()).toMatchObject([{ state, tries: 1 }])
    const [channel] = (await admin.call('GET', '/channels')).json.data
    expect(channel.problem).toMatch(/\w/)
    await retryNow()
    await deliverDue(context)
    expect(await states()).toEqual([state === 'waiting' ? 'sent' : 'failed'])
    if (state === 'waiting') expect((await admin.call('GET', '/channels')).json.data[0].problem).toBeNull()
  })

  test('with another secret is tried once more with a fresh time, then given up', async () => {
    await bot.ask({ secret: 'another' })
    await tell(payload())
    await deliverDue(context)
    expect(await states()).toEqual(['waiting'])
    await retryNow()
    await deliverDue(context)
    expect(await rows()).toMatchObject([{ state: 'failed', tries: 2, receipt: { code: 19021 } }])
  })

  test('that takes a message and never answers is not sent it again', async () => {
    await bot.ask({ answers: [{ hang: true }, { reset: true }] })
    await tell(payload(), payload({ rule_id: newId() }))
    await deliverDue(context)
    expect(await states()).toEqual(['unknown', 'unknown'])
    await retryNow()
    await deliverDue(context)
    expect(await bot.received()).toHaveLength(2)
  })

  test('that is away gets the message when it is back', async () => {
    const server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await admin.call('PATCH', `/channels/${channelId}`, { url: `http://127.0.0.1:${port}/hook/abcdefgh` })
    await tell(payload())
    await deliverDue(context)
    expect(await rows()).toMatchObject([{ state: 'waiting', tries: 1 }])
    await admin.call('PATCH', `/channels/${channelId}`, { url: bot.url })
    await retryNow()
    await deliverDue(context)
    expect(await states()).toEqual(['sent'])
  })

  test('does not get twice what a process that died was sending', async () => {
    await tell(payload())
    const dead = newId()
    const claim = await claimChannel(admin.gateway, dead, [])
    const ids = claim?.waiting.map(({ id }) => id) ?? []
    expect(await beginSending(admin.gateway, dead, channelId, newId(), ids)).toBe(true)
    await deliverDue(context)
    expect(await states()).toEqual(['sending'])
    await admin.gateway.db.update(channels).set({ claimedUntil: new Date(0), recentSends: [] })
    await deliverDue(context)
    expect(await states()).toEqual(['unknown'])
    expect(await bot.received()).toEqual([])
  })

  test('tells a test at once, in words and code', async () => {
    expect(await testChannel(context, channelId)).toMatchObject({ ok: true, status: 200, code: 0 })
    await bot.ask({ answers: [{ code: 19024, msg: 'Key Words Not Found' }] })
    const refused = await testChannel(context, channelId)
    expect(refused).toMatchObject({ ok: false, code: 19024, text: expect.stringContaining('keyword') })
  })
})

describe('the address of a channel', () => {
  test('is never shown: not in answers, not in errors, not in receipts', async () => {
    await bot.ask({
      answers: [
        { code: 500, status: 400, msg: `no bot at ${bot.url} with ${secret}` },
        { code: 1, msg: secret },
      ],
    })
    await tell(payload())
    await deliverDue(context)
    const shown = JSON.stringify([await rows(), await admin.call('GET', '/channels')])
    for (const part of [secret, '0123456789-abcdef']) expect(shown).not.toContain(part)
    const portal = admin.portal.sql`select sealed from secrets`
    await expect(portal).rejects.toMatchObject({ code: '42501' })
  })

  test.each([
    ['feishu', 'https://hooks.example.com/x', 'open.feishu.cn'],
    ['feishu', 'http://open.feishu.cn/open-apis/bot/v2/hook/x', 'plain http'],
    ['webhook', 'https://10.0.0.1/x', 'private'],
    ['webhook', 'http://hooks.example.com/x', 'plain http'],
    ['webhook', 'https://user:pass@hooks.example.com/x', 'user name'],
  ])('of kind %s may not be %s', async (kind, url, reason) => {
    const refused = await admin.call('POST', '/channels', { kind, name: 'x', url })
    expect(refused).toMatchObject({ status: 400, json: { error: { param: 'url' } } })
    expect(refused.json.error.message).toContain(reason)
  })
})

test('a webhook gets JSON whose signature its secret confirms', async () => {
  const received: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(received.length === 1 ? 503 : 204).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=abc`
  const key = Buffer.from('0123456789abcdef')
  channelId = (
    await admin.create('/channels', {
      kind: 'webhook',
      name: 'pager',
      url,
      secret: `whsec_${key.toString('base64')}`,
    })
  ).id
  await tell(payload())
  await deliverDue(context)
  expect(await states()).toEqual(['waiting'])
  await retryNow()
  await deliverDue(context)
  expect(await states()).toEqual(['sent'])
  const { headers, body } = received[1] ?? { headers: {}, body: '' }
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  expect(JSON.parse(body)).toMatchObject({
    type: 'alerts',
    alerts: [{ notice: 'firing', severity: 'critical' }],
  })
  server.close()
})

test('a channel that the environment names is left to processes that have it', async () => {
  await admin.gateway.db
    .update(channels)
    .set({ urlRef: 'env:FEISHU_WEBHOOK_URL' })
    .where(eq(channels.id, channelId))
  await tell(payload())
  await deliverDue(context)
  expect(await states()).toEqual(['waiting'])
  await deliverDue({ ...context, environmentBot: { url: bot.url, secret } })
  expect(await states()).toEqual(['sent'])
  expect(await admin.call('PATCH', `/channels/${channelId}`, { url: bot.url })).toMatchObject({ status: 400 })
})
