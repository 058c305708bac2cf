import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  alertRules,
  alerts,
  audit,
  budgetWindows,
  channels,
  deliveries,
  keyHealth,
  keys,
  stops,
} from '@/drizzle/schema'
import { defaultRules } from '@/lib/alerts/default-rules'
import type { AlertDetails } from '@/lib/alerts/facts'
import type { AlertPayload, Payload } from '@/lib/alerts/payload'
import { evaluateAlerts } from '@/lib/alerts/run'
import { insertAlertRules } from '@/lib/data/alerts'
import { connect, type Database } from '@/lib/data/database'
import { foldRequests } from '@/lib/data/ledger'
import { newId } from '@/lib/id'
import { windowAt } from '@/lib/limits/windows'
import { startAdmin, type TestAdmin } from '../support/admin'
import { ledgerRow } from '../support/ledger-row'

let admin: TestAdmin
let database: Database
let other: Database
const minute = 60_000

beforeAll(async () => {
  admin = await startAdmin()
  await admin.addVaultKey()
  database = admin.gateway
  other = connect(admin.fresh.gatewayUrl, { max: 4, name: 'akcp test second' })
  await insertAlertRules(database.db, defaultRules)
  await database.db.insert(channels).values([
    { id: newId(), name: 'all', kind: 'webhook', language: 'en', minSeverity: 'info' },
    { id: newId(), name: 'worst', kind: 'webhook', language: 'zh', minSeverity: 'critical' },
  ])
})
afterAll(async () => {
  await other?.close()
  await admin?.stop()
})
beforeEach(async () => {
  for (const table of [deliveries, alerts, stops, keyHealth]) await database.db.delete(table)
})

const evaluate = (now: number, on = database) => evaluateAlerts({ database: on, now: () => now })
const told = async () =>
  (await database.db.select().from(deliveries).orderBy(deliveries.id)).flatMap(({ payload, channelId }) =>
    (payload as Payload).kind === 'alert' ? [{ ...(payload as AlertPayload), channelId }] : [],
  )
const openAlerts = () => database.db.select().from(alerts).orderBy(alerts.firedAt)

let count = 0
async function newKey(): Promise<string> {
  const slug = `p${++count}`
  await admin.create('/providers', { slug, name: slug, base_url: 'https://x.example' })
  return (
    await admin.create('/keys', { provider: slug, name: `key ${slug}`, secret: `sk-${slug}-0123456789` })
  ).id
}

async function setHealth(keyId: string, state: 'up' | 'down', since: number) {
  const row = {
    keyId,
    state,
    score: 50,
    reason: 'auth',
    since: new Date(since),
    lastError: { status: 401, message: 'Incorrect API key provided' },
  }
  await database.db.insert(keyHealth).values(row).onConflictDoUpdate({ target: keyHealth.keyId, set: row })
}

describe('a key whose secret is refused', () => {
  test('is told once to every channel of its severity, by whichever process sees it, with its end', async () => {
    const keyId = await newKey()
    const start = Date.now()
    await setHealth(keyId, 'down', start)
    const rounds = Array.from({ length: 6 }, (_, n) => evaluate(start + 1000, n % 2 ? database : other))
    await Promise.all(rounds)
    const kinds = (await told()).map(({ notice, details }) => `${notice} ${details.facts.kind}`)
    expect(kinds.toSorted()).toEqual([
      'firing key_down',
      'firing key_down',
      'firing pool_out',
      'firing pool_out',
    ])
    const [alert] = (await openAlerts()).filter(
      (one) => (one.details as AlertDetails).facts.kind === 'key_down',
    )
    expect(alert).toMatchObject({ state: 'firing', severity: 'critical', subject: `key ${keyId}` })

    await evaluate(start + 15 * minute)
    expect(await told()).toHaveLength(4)

    await setHealth(keyId, 'up', start + 16 * minute)
    await Promise.all([evaluate(start + 17 * minute), evaluate(start + 17 * minute, other)])
    const after = (await told()).slice(4)
    expect(after.map(({ notice }) => notice)).toEqual(['resolved', 'resolved', 'resolved', 'resolved'])
    expect(new Set((await openAlerts()).map(({ state }) => state))).toEqual(new Set(['resolved']))
  })

  test('that comes and goes is told three times in ten minutes, and then only when it stays away', async () => {
    const keyId = await newKey()
    const start = Date.now()
    for (let at = 0; at < 20; at++) {
      await setHealth(keyId, at % 2 ? 'up' : 'down', start + at * minute)
      await evaluate(start + at * minute)
    }
    const notices = async () =>
      (await told())
        .filter(({ details, channelId }) => details.facts.kind === 'key_down' && channelId === firstChannel)
        .map(({ notice }) => notice)
    const firstChannel = (await told())[0]?.channelId
    expect(await notices()).toEqual(['firing', 'resolved', 'flapping'])
    await evaluate(start + 25 * minute)
    expect(await notices()).toHaveLength(3)
    await evaluate(start + 31 * minute)
    expect(await notices()).toEqual(['firing', 'resolved', 'flapping', 'resolved'])
  })

  test('and that somebody closes by hand stays closed until it has been well', async () => {
    const keyId = await newKey()
    const start = Date.now()
    await setHealth(keyId, 'down', start)
    await evaluate(start)
    const [alert] = await database.db
      .select()
      .from(alerts)
      .where(eq(alerts.subject, `key ${keyId}`))
    expect((await admin.call('POST', `/alerts/${alert?.id}/resolve`)).json.state).toBe('resolved')
    await evaluate(start + 20 * minute)
    expect(
      await database.db
        .select()
        .from(alerts)
        .where(eq(alerts.subject, `key ${keyId}`)),
    ).toHaveLength(1)
    await setHealth(keyId, 'up', start + 21 * minute)
    await evaluate(start + 21 * minute)
    await setHealth(keyId, 'down', start + 60 * minute)
    await evaluate(start + 60 * minute)
    expect(
      await database.db
        .select()
        .from(alerts)
        .where(eq(alerts.subject, `key ${keyId}`)),
    ).toHaveLength(2)
  })
})

test('a budget is told at each rung once, anew in its next window, and its end when the window ends', async () => {
  const app = await admin.create('/apps', {
    name: 'spender',
    budgets: [{ period: 'day', limit_usd: 100 }],
  })
  const budget = (await admin.call('GET', '/budgets')).json.data.find(
    (one: { id: string }) => one.id === app.id,
  )
  const noon = Date.now() - (Date.now() % 86_400_000) + 43_200_000
  const spend = async (usd: number, at: number) => {
    const window = windowAt('day', at, 'UTC')
    const row = {
      budgetId: budget.budget_id,
      windowStart: new Date(window.start),
      windowEnd: new Date(window.end),
      limitNanos: 100_000_000_000n,
      postedNanos: BigInt(usd * 1e9),
    }
    await database.db
      .insert(budgetWindows)
      .values(row)
      .onConflictDoUpdate({ target: [budgetWindows.budgetId, budgetWindows.windowStart], set: row })
  }
  const rungs = async () =>
    (await told())
      .filter(({ details }) => details.facts.kind === 'budget')
      .map(({ notice, severity, details }) =>
        details.facts.kind === 'budget' ? `${notice} ${details.facts.rung} ${severity}` : '',
      )
  await spend(79.9, noon)
  await evaluate(noon)
  expect(await rungs()).toEqual([])
  for (const usd of [80, 85, 95, 99, 100, 120]) {
    await spend(usd, noon)
    await evaluate(noon)
    await evaluate(noon + 1000)
  }
  // The second channel is told what is critical only.
  expect(await rungs()).toEqual([
    'firing 0.8 warning',
    'firing 0.95 warning',
    'firing 1 critical',
    'firing 1 critical',
  ])
  const tomorrow = noon + 86_400_000
  await spend(81, tomorrow)
  await evaluate(tomorrow)
  expect((await rungs()).slice(4).toSorted()).toEqual([
    'firing 0.8 warning',
    'resolved 1 critical',
    'resolved 1 critical',
  ])
  await admin.call('PATCH', `/apps/${app.id}`, { budgets: [] })
})

describe('actions', () => {
  test('hold while the trouble lasts, are in the audit, and are undone', async () => {
    const keyId = await newKey()
    const rule = await admin.create('/alert-rules', {
      kind: 'error_rate',
      name: 'brake',
      scope: { by: 'key', key: [keyId] },
      window_minutes: 5,
      threshold: 0.5,
      min_count: 4,
      actions: [{ action: 'throttle', rpm: 10 }],
      undo_on_recovery: true,
    })
    const now = Date.now()
    await fold(
      Array.from({ length: 6 }, (_, n) =>
        ledgerRow({ ts: now - n * 1000, key_id: keyId, error_class: n < 4 ? 'provider' : null }),
      ),
    )
    await evaluate(now)
    const pressed = await database.db.select().from(stops)
    expect(pressed).toMatchObject([
      {
        scope: 'key',
        scopeId: keyId,
        mode: 'throttle',
        rpm: 10,
        createdBy: 'alert rule brake',
        liftedAt: null,
      },
    ])
    await evaluate(now + 10 * minute)
    expect((await database.db.select().from(stops))[0]?.liftedAt).not.toBeNull()
    const trail = await database.db.select().from(audit).where(eq(audit.actor, 'alert rule brake'))
    expect(trail.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      'create stop',
      'archive stop',
    ])
    await admin.call('DELETE', `/alert-rules/${rule.id}`)
  })

  test('that stop all calls are no sign that the trouble is over', async () => {
    const keyId = await newKey()
    const rule = await admin.create('/alert-rules', {
      kind: 'error_rate',
      name: 'switch off',
      scope: { by: 'key', key: [keyId] },
      window_minutes: 5,
      threshold: 0.5,
      min_count: 2,
      actions: [{ action: 'disable_key' }],
      undo_on_recovery: true,
    })
    const now = Date.now()
    await fold([1, 2].map((n) => ledgerRow({ ts: now - n, key_id: keyId, error_class: 'auth' })))
    await evaluate(now)
    const status = async () => (await database.db.select().from(keys).where(eq(keys.id, keyId)))[0]?.status
    expect(await status()).toBe('disabled')
    await evaluate(now + 30 * minute)
    expect(await status()).toBe('disabled')
    const [alert] = await database.db.select().from(alerts).where(eq(alerts.ruleId, rule.id))
    expect(alert?.state).toBe('firing')
    await admin.call('POST', `/alerts/${alert?.id}/resolve`)
    expect(await status()).toBe('active')
    await admin.call('DELETE', `/alert-rules/${rule.id}`)
  })

  test('that can do nothing about what the alert is about are refused', async () => {
    const refused = await admin.call('POST', '/alert-rules', {
      kind: 'pool_out',
      name: 'x',
      actions: [{ action: 'disable_key' }],
    })
    expect(refused).toMatchObject({ status: 400, json: { error: { param: 'actions' } } })
  })
})

describe('error rates of keys', () => {
  test('count attempts that another key saved, and neither our refusals nor requests that were wrong', async () => {
    const [bad, good] = [await newKey(), await newKey()]
    const now = Date.now()
    const failed = (key_id: string) => ({
      key_id,
      provider: 'x',
      model: 'm',
      class: 'provider',
      status: 500,
      ms: 1,
    })
    const fine = (key_id: string) => ({ key_id, provider: 'x', model: 'm', class: null, status: 200, ms: 1 })
    await fold([
      ...Array.from({ length: 30 }, () =>
        ledgerRow({ ts: now - 1000, key_id: good, attempts: [failed(bad), fine(good)] }),
      ),
      ...Array.from({ length: 90 }, () =>
        ledgerRow({ ts: now - 1000, key_id: good, error_class: 'request' }),
      ),
      ...Array.from({ length: 90 }, () =>
        ledgerRow({ ts: now - 1000, key_id: null, outcome: 'refused', attempts: [] }),
      ),
    ])
    await evaluate(now)
    const found = (await openAlerts()).map(({ subject: key, details }) => ({
      key,
      ...(details as AlertDetails),
    }))
    const ofRate = found.filter(({ facts }) => facts.kind === 'error_rate')
    expect(ofRate).toMatchObject([
      { key: `key ${bad}`, facts: { calls: 30, failed: 30, share: 1, classes: { provider: 30 } } },
    ])
  })
})

test('a muted rule keeps its alert to itself until the mute ends', async () => {
  const keyId = await newKey()
  const [rule] = await database.db.select().from(alertRules).where(eq(alertRules.kind, 'key_down'))
  const now = Date.now()
  await admin.call('PATCH', `/alert-rules/${rule?.id}`, {
    muted_until: new Date(now + 5 * minute).toISOString(),
  })
  await setHealth(keyId, 'down', now)
  await evaluate(now)
  const ofKey = async () => (await told()).filter(({ details }) => details.facts.kind === 'key_down')
  expect(await ofKey()).toEqual([])
  await evaluate(now + 6 * minute)
  expect((await ofKey()).map(({ notice }) => notice)).toEqual(['firing', 'firing'])
  await admin.call('PATCH', `/alert-rules/${rule?.id}`, { muted_until: null })
})

test('rules read what other parts have written down: balances, jobs, processes, drifts, money lost, speed', async () => {
  const keyId = await newKey()
  const now = Date.now()
  const { db, sql } = database
  await admin.call('PATCH', `/keys/${keyId}`, {
    balance_threshold_usd: 10,
    expires_at: new Date(now + 86_400_000).toISOString(),
  })
  await db
    .update(keys)
    .set({ createdAt: new Date(now - 40 * 86_400_000) })
    .where(eq(keys.id, keyId))
  await sql`
    insert into balances (key_id, amount, currency, usd_nanos, source, read_at)
    values (${keyId}, '35.5', 'CNY', 5000000000, 'api', now())`
  await sql`
    insert into job_runs (id, job, process_id, started_at, ended_at, error)
    select gen_random_uuid(), job, gen_random_uuid(), now() - make_interval(mins => n), now(), error from (values
      ('failing', 1, 'cut off'), ('failing', 2, 'cut off'), ('failing', 3, null),
      ('once', 1, 'cut off'), ('once', 2, null), ('mended', 1, null), ('mended', 2, 'cut off'), ('mended', 3, 'cut off')
    ) as runs(job, n, error)`
  await sql`
    insert into processes (id, role, host, pid, version, details)
    values (gen_random_uuid(), 'gateway', 'h', 1, '1', ${JSON.stringify({
      limits: { store: 'redis', degradedSince: now - 5 * minute, error: 'ECONNREFUSED' },
      ledger: { lagSeconds: 90 },
    })}::text::jsonb)`
  await sql`
    insert into ledger_drifts (record, subject, window_start, window_end, expected, found, seen_at)
    values ('rollups', '', now() - interval '1 hour', now(), '{"cost_nanos": "1000000000", "requests": "5"}',
      '{"cost_nanos": "3000000000", "requests": "5"}', now())`
  await sql`
    insert into budget_windows (budget_id, window_start, window_end, limit_nanos, lost_nanos)
    values (gen_random_uuid(), now() - interval '1 hour', now() + interval '1 hour', 10, 2500000000)`
  const slow = (ts: number, latency_ms: number) => ledgerRow({ ts, model: 'sluggish', latency_ms })
  await fold([
    ...Array.from({ length: 60 }, () => slow(now - 3 * 3_600_000, 100)),
    ...Array.from({ length: 60 }, () => slow(now - 1000, 5000)),
  ])
  await evaluate(now)
  const facts = new Map(
    (await openAlerts()).map(({ subject, details }) => [subject, (details as AlertDetails).facts]),
  )
  const of = (key: string, kind: string) =>
    openAlerts().then((rows) =>
      rows.find((row) => row.subject === key && (row.details as AlertDetails).facts.kind === kind),
    )
  expect(await of(`key ${keyId}`, 'balance_low')).toMatchObject({
    details: { facts: { usd: 5, amount: '35.5', currency: 'CNY' } },
  })
  expect(await of(`key ${keyId}`, 'key_expiring')).toMatchObject({ details: { facts: { days_left: 1 } } })
  expect(await of(`key ${keyId}`, 'key_unused')).toMatchObject({
    details: { facts: { days: 40, last_used_at: null } },
  })
  expect(facts.get('job failing')).toMatchObject({ failures: 2, error: 'cut off' })
  expect([facts.has('job once'), facts.has('job mended')]).toEqual([false, false])
  expect(facts.get('store redis')).toMatchObject({ error: 'ECONNREFUSED' })
  expect(facts.get('store database')).toMatchObject({ lag_seconds: 90 })
  expect(facts.get('ledger rollups')).toMatchObject({ difference_usd: 2, windows: 1 })
  expect(facts.get('ledger lost')).toMatchObject({ difference_usd: 2.5 })
  expect(facts.get('model sluggish')).toMatchObject({ kind: 'latency', calls: 60 })
})

async function fold(rows: ReturnType<typeof ledgerRow>[]) {
  await foldRequests(
    database,
    rows.map((row) => JSON.stringify(row)),
  )
}
