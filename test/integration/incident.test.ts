/** An hour of incidents in simulated time: two processes evaluate and send, a strict bot counts what arrives. */
import type { Dispatcher } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { alertRules, budgetWindows, keyHealth } from '@/drizzle/schema'
import { defaultRules } from '@/lib/alerts/default-rules'
import { type DeliveryContext, deliverDue } from '@/lib/alerts/deliver'
import { evaluateAlerts } from '@/lib/alerts/run'
import { insertAlertRules } from '@/lib/data/alerts'
import { connect, type Database } from '@/lib/data/database'
import { foldRequests } from '@/lib/data/ledger'
import { createUpstream } from '@/lib/gateway/upstream'
import { newId } from '@/lib/id'
import { windowAt } from '@/lib/limits/windows'
import { startAdmin, type TestAdmin } from '../support/admin'
import { type Bot, startBot } from '../support/feishu'
import { ledgerRow } from '../support/ledger-row'

const minute = 60_000
const secret = 'the-secret-of-the-bot'
/** Noon of today, so that the hour lies in one day. */
const start = Math.floor(Date.now() / 86_400_000) * 86_400_000 + 12 * 60 * minute
let admin: TestAdmin
let bot: Bot
let upstream: Dispatcher
let processes: { database: Database; delivery: DeliveryContext }[]

beforeAll(async () => {
  bot = await startBot()
  await bot.ask({ secret })
  admin = await startAdmin({ AKCP_ALLOW_PRIVATE_ORIGINS: '127.0.0.1' })
  await admin.addVaultKey()
  upstream = createUpstream(['127.0.0.1'])
  const second = connect(admin.fresh.gatewayUrl, { max: 4, name: 'akcp test second' })
  processes = [admin.gateway, second].map((database) => ({
    database,
    delivery: {
      database,
      processId: newId(),
      privateKey: admin.vault.privateKey,
      upstream,
      allowedOrigins: ['127.0.0.1'],
      portalUrl: 'https://akcp.example',
      environmentBot: null,
    },
  }))
  await insertAlertRules(admin.gateway.db, defaultRules)
  await admin.create('/channels', { kind: 'feishu', name: 'ops', url: bot.url, secret, language: 'en' })
  await admin.call('PATCH', '/settings', { digest_daily: false, digest_weekly: false })
})
afterAll(async () => {
  await processes?.[1]?.database.close()
  await upstream?.destroy()
  await admin?.stop()
  bot?.stop()
})

/** A quarter of a minute passes: both processes evaluate and send at the same time. */
async function tick(now: number) {
  await Promise.all(processes.map(({ database }) => evaluateAlerts({ database, now: () => now })))
  await Promise.all(processes.map(({ delivery }) => deliverDue(delivery)))
}

async function setHealth(keyId: string, state: 'up' | 'down', since: number) {
  const row = { keyId, state, score: 50, reason: 'auth', since: new Date(since), lastError: { status: 401 } }
  await admin.gateway.db
    .insert(keyHealth)
    .values(row)
    .onConflictDoUpdate({ target: keyHealth.keyId, set: row })
}

test('each change of state is told exactly once, in order and within the bot’s limits', async () => {
  await admin.create('/providers', { slug: 'one', name: 'one', base_url: 'https://x.example' })
  const [a, b] = [
    await admin.create('/keys', { provider: 'one', name: 'alpha', secret: 'sk-alpha-0123456789' }),
    await admin.create('/keys', { provider: 'one', name: 'beta', secret: 'sk-beta-0123456789' }),
  ]
  const app = await admin.create('/apps', { name: 'checkout', budgets: [{ period: 'day', limit_usd: 10 }] })
  const { data } = (await admin.call('GET', '/budgets')).json
  const budgetId = data.find(({ id }: { id: string }) => id === app.id).budget_id
  const window = windowAt('day', start, 'UTC')
  const spend = async (usd: number) => {
    const [windowStart, windowEnd] = [new Date(window.start), new Date(window.end)]
    const row = {
      budgetId,
      windowStart,
      windowEnd,
      limitNanos: 10_000_000_000n,
      postedNanos: BigInt(usd * 1e9),
    }
    await admin.gateway.db
      .insert(budgetWindows)
      .values(row)
      .onConflictDoUpdate({ target: [budgetWindows.budgetId, budgetWindows.windowStart], set: row })
  }
  const storm = async (now: number) => {
    const limited = { key_id: b.id, provider: 'one', model: 'm', class: 'rate', status: 429, ms: 1 }
    const saved = { key_id: a.id, provider: 'one', model: 'm', class: null, status: 200, ms: 1 }
    const rows = Array.from({ length: 30 }, () =>
      ledgerRow({ ts: now - 1000, key_id: a.id, attempts: [limited, saved] }),
    )
    await foldRequests(
      admin.gateway,
      rows.map((row) => JSON.stringify(row)),
    )
  }
  const script: Record<number, (now: number) => Promise<unknown>> = {
    2: (now) => setHealth(a.id, 'down', now),
    10: (now) => setHealth(a.id, 'up', now),
    20: storm,
    36: () => spend(8),
    40: () => spend(9.6),
    45: () => spend(10),
    50: () => admin.call('PATCH', `/apps/${app.id}`, { budgets: [{ period: 'day', limit_usd: 100 }] }),
  }
  for (let at = 0; at < 60; at++) {
    await script[at]?.(start + at * minute)
    for (const quarter of [0, 15, 30, 45]) await tick(start + at * minute + quarter * 1000)
  }

  const received = await bot.received()
  expect(received.map(({ answered }) => answered)).toEqual(received.map(() => 0))
  const titles = (await bot.titles()).map((title: string) => title.replace('AKCP · ', ''))
  expect(titles.toSorted()).toEqual(
    [
      'Key alpha (one) is out: the secret is refused (401)',
      'Pool one: 1 of 2 keys are left',
      'Over: Key alpha (one) is out: the secret is refused (401)',
      'Over: Pool one: 1 of 2 keys are left',
      'Key beta: a surge of 429s',
      'Key beta: 100% of the calls fail',
      'Over: Key beta: a surge of 429s',
      'Over: Key beta: 100% of the calls fail',
      'App checkout: 80% of its daily budget is spent',
      'App checkout: 96% of its daily budget is spent',
      'App checkout: 100% of its daily budget is spent',
      'Over: App checkout: 100% of its daily budget is spent',
    ].toSorted(),
  )
  const times = received.map(({ at }) => at)
  for (let n = 5; n < times.length; n++) expect((times[n] ?? 0) - (times[n - 5] ?? 0)).toBeGreaterThan(1000)
  expect(await admin.gateway.db.select().from(alertRules)).toHaveLength(defaultRules.length)
}, 180_000)
