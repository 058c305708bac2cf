/** A preview says what evaluation would really have done: both are run on the same past and compared. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alertRules, alerts, budgetWindows, rollups } from '@/drizzle/schema'
import { previewRule } from '@/lib/alerts/preview'
import { evaluateAlerts } from '@/lib/alerts/run'
import { writeKeyHealth } from '@/lib/data/key-health'
import { foldRequests, type LedgerRow } from '@/lib/data/ledger'
import { newId } from '@/lib/id'
import { windowAt } from '@/lib/limits/windows'
import { alertRuleInput } from '@/lib/schemas/alerts'
import { startAdmin, type TestAdmin } from '../support/admin'
import { personWith, portalOrigin, sessionSecret } from '../support/identity'
import { ledgerRow } from '../support/ledger-row'

const minute = 60_000
const quarter = 15 * minute
const hour = 60 * minute
const day = 24 * hour
/** So that rollups of the past are whole. */
const end = Math.floor(Date.now() / quarter) * quarter
const start = end - 4 * hour

type Rule = Record<string, unknown> & { kind: string }
let admin: TestAdmin
let keyIds: string[]

beforeAll(async () => {
  admin = await startAdmin({ NEXTAUTH_SECRET: sessionSecret, NEXTAUTH_URL: portalOrigin })
  await admin.addVaultKey()
  await admin.create('/providers', { slug: 'mock', base_url: 'https://x.example/v1' })
  const add = (name: string) =>
    admin.create('/keys', { provider: 'mock', name, secret: `sk-${name}-0123456789` })
  keyIds = [(await add('one')).id, (await add('two')).id, (await add('three')).id]
  const [created] = [new Date(end - 30 * day)]
  await admin.gateway.sql`update keys set created_at = ${created.toISOString()}::timestamptz`
  await admin.gateway.sql`delete from audit`
  await foldRequests(
    admin.gateway,
    traffic().map((row) => JSON.stringify(row)),
  )
})
afterAll(() => admin?.stop())

/** Four hours of calls after a day that shows what is usual: bad times and good ones, and attempts that others saved. */
function traffic(): LedgerRow[] {
  const seed = 20260301
  const shares = fc.sample(fc.constantFrom(0, 0, 0, 0.1, 0.3, 0.5, 0.9), { numRuns: 3 * 48, seed })
  const chances = fc.sample(fc.double({ min: 0, max: 1, noNaN: true }), { numRuns: 4000, seed })
  const usual = Array.from({ length: 400 }, (_, n) => call(start - day + n * 3 * minute, n % 3, null, 200))
  const recent = Array.from({ length: 1800 }, (_, n) => {
    const ts = start + n * 8000
    const which = n % 3
    const share = shares[which * 48 + Math.floor((ts - start) / (5 * minute))] ?? 0
    const [one = 0, two = 0, three = 0] = chances.slice(n, n + 3)
    const failure = one < share ? (two < 0.5 ? 'rate' : 'provider') : null
    return call(ts, which, failure, share > 0.4 ? 4000 : 200, three < 0.5)
  })
  return [...usual, ...recent]
}

function call(ts: number, which: number, failure: string | null, latency: number, saved = false): LedgerRow {
  const [id = '', other = ''] = [keyIds[which], keyIds[(which + 1) % 3]]
  const attempt = (key_id: string, failed: string | null) => ({
    key_id,
    provider: 'mock',
    model: 'gpt-4o',
    class: failed,
    status: failed ? 500 : 200,
    ms: 10,
  })
  const rescued = failure !== null && saved
  return ledgerRow({
    ts,
    key_id: rescued ? other : id,
    error_class: rescued ? null : failure,
    latency_ms: latency,
    attempts: rescued ? [attempt(id, failure), attempt(other, null)] : [attempt(id, failure)],
  })
}

type Told = { subject: string; severity: string; fired: number; resolved: number | null; told: number }

/** What evaluation of this one rule does, look by look; `before` sets what is known only as it is. */
async function lived(rule: Rule, stepMs: number, before = async (_now: number) => {}): Promise<Told[]> {
  await admin.gateway.db.delete(alerts)
  await admin.gateway.db.delete(alertRules)
  await admin.create('/alert-rules', rule)
  for (let now = start - 30 * minute + stepMs; now <= end; now += stepMs) {
    await before(now)
    await evaluateAlerts({ database: admin.gateway, now: () => now })
  }
  const rows = await admin.gateway.db.select().from(alerts).orderBy(alerts.firedAt, alerts.subject)
  return rows.map(({ subject, severity, firedAt, resolvedAt, tracking }) => ({
    subject,
    severity,
    fired: firedAt.getTime(),
    resolved: resolvedAt?.getTime() ?? null,
    told: tracking.notices,
  }))
}

/** With the portal's rights. */
async function previewed(rule: Rule): Promise<Told[]> {
  const { renotify_minutes: renotifyMinutes, mutes, ...input } = alertRuleInput.parse(rule)
  const wanted = { ...input, id: 'tried', windowMinutes: input.window_minutes, minCount: input.min_count }
  const found = await previewRule(admin.portal, wanted, { renotifyMinutes, mutes, timeZone: 'UTC' }, end)
  const told = (found?.firings ?? []).map(({ subject, severity, firedAt, resolvedAt, told: messages }) => ({
    subject: `${subject.scope} ${subject.id}`,
    severity,
    fired: firedAt,
    resolved: resolvedAt,
    told: messages,
  }))
  return told.sort((a, b) => a.fired - b.fired || (a.subject < b.subject ? -1 : 1))
}

async function previewOf(rule: Rule) {
  const { status, json } = await admin.call('POST', '/alert-rules/preview', rule)
  expect(status, JSON.stringify(json)).toBe(200)
  return json
}

const named = { name: 'tried' }

describe('the preview of a rule agrees with evaluation minute by minute', () => {
  const rules: Rule[] = [
    { ...named, kind: 'error_rate', threshold: 0.2, min_count: 20, window_minutes: 10, scope: { by: 'key' } },
    {
      ...named,
      kind: 'error_rate',
      threshold: 0.08,
      min_count: 3,
      window_minutes: 7,
      scope: { by: 'global' },
      renotify_minutes: 9,
    },
    {
      ...named,
      kind: 'error_rate',
      threshold: 0.1,
      min_count: 5,
      window_minutes: 5,
      scope: { by: 'model', model: ['gpt-4o'] },
    },
    {
      ...named,
      kind: 'error_rate',
      threshold: 0,
      min_count: 0,
      window_minutes: 1,
      scope: { by: 'tenant', tenant: ['nobody'] },
    },
    { ...named, kind: 'rate_limited', threshold: 2, min_count: 4, window_minutes: 10 },
    {
      ...named,
      kind: 'rate_limited',
      threshold: 0,
      min_count: 1,
      window_minutes: 3,
      mutes: [{ from: '00:00', to: '12:00' }],
    },
  ]
  it.each(rules.map((rule) => [JSON.stringify(rule), rule] as const))(
    '%s',
    async (_, rule) => {
      const scope = rule.kind === 'rate_limited' ? { key: keyIds.slice(0, 2) } : rule.scope
      const whole = { ...rule, scope }
      const happened = await lived(whole, minute)
      if (!JSON.stringify(rule).includes('nobody')) expect(happened.length).toBeGreaterThan(0)
      expect(await previewed(whole)).toEqual(happened)
    },
    120_000,
  )
})

it('answer times are looked at every quarter of an hour, as evaluation sees them then', async () => {
  const rule = {
    ...named,
    kind: 'latency',
    threshold: 2,
    min_count: 10,
    window_minutes: 20,
    scope: { by: 'key' },
  }
  const happened = await lived(rule, quarter)
  expect(happened.length).toBeGreaterThan(0)
  expect(await previewed(rule)).toEqual(happened)
  expect(await previewOf(rule)).toMatchObject({ kept: true, step_seconds: 900 })
}, 60_000)

describe('the health of keys', () => {
  const [at, state] = [(minutes: number) => start + minutes * minute, ['up', 'down', 'cooling'] as const]
  let second = 0
  const changes = fc
    .sample(fc.record({ which: fc.nat(2), wait: fc.integer({ min: 20, max: 400 }), to: fc.nat(2) }), {
      numRuns: 60,
      seed: 7,
    })
    .map(({ which, wait, to }) => {
      second += wait
      return { which, second, to: state[to] ?? ('up' as const) }
    })

  beforeAll(async () => {
    const events = changes.map(({ which, second, to }) => ({
      id: newId(),
      ts: new Date(at(0) + second * 1000),
      keyId: keyIds[which] ?? '',
      signal: 'real' as const,
      result: to,
      errorClass: to === 'up' ? null : to === 'down' ? 'auth' : 'provider',
      details: { next_try_at: null },
    }))
    await writeKeyHealth(admin.gateway.db, [], events)
  })

  /** What gateways would have written by then. */
  async function setHealth(now: number) {
    const known = changes.filter(({ second }) => at(0) + second * 1000 <= now)
    const rows = keyIds.flatMap((keyId, which) => {
      const last = known.findLast((one) => one.which === which)
      if (!last) return []
      const reason = last.to === 'up' ? null : last.to === 'down' ? 'auth' : 'provider'
      return [{ keyId, state: last.to, score: 50, reason, since: new Date(at(0) + last.second * 1000) }]
    })
    await writeKeyHealth(admin.gateway.db, rows, [])
  }

  it.each([
    { ...named, kind: 'key_down', window_minutes: 2 },
    { ...named, kind: 'pool_degraded', threshold: 0.5, min_count: 2 },
    { ...named, kind: 'pool_out', renotify_minutes: 3 },
  ])(
    'is replayed: $kind',
    async (rule) => {
      await admin.gateway.sql`delete from key_health`
      const happened = await lived(rule, minute, setHealth)
      expect(happened.length).toBeGreaterThan(0)
      expect(await previewed(rule)).toEqual(happened)
    },
    120_000,
  )

  it('leaves out the time in which a key was disabled', async () => {
    const [id = ''] = keyIds
    await admin.gateway.sql`
      insert into audit (ts, actor, action, resource, resource_id)
      values (${new Date(start).toISOString()}::timestamptz, 'session:ada', 'disable', 'key', ${id}),
        (${new Date(end + 1).toISOString()}::timestamptz, 'session:ada', 'enable', 'key', ${id})`
    const told = await previewed({ ...named, kind: 'key_down', window_minutes: 1 })
    expect(told.length).toBeGreaterThan(0)
    expect(told.filter(({ subject }) => subject === `key ${id}`)).toEqual([])
    await admin.gateway.sql`delete from audit`
  })
})

it('a budget is replayed from what its windows came to, rung by rung, window by window', async () => {
  const zone = 'UTC'
  const app = await admin.create('/apps', {
    name: 'spender',
    budgets: [{ period: 'day', limit_usd: 100, ladder: [{ at: 0.8, action: 'notify' }] }],
  })
  const [budget] = (await admin.call('GET', `/budgets?scope=app&id=${app.id}`)).json.data
  await admin.gateway.sql`
    update budgets set created_at = ${new Date(end - 20 * day).toISOString()}::timestamptz where id = ${budget.budget_id}`
  const today = windowAt('day', end, zone).start
  // Three days ago: 50 at 03:00, 40 at 10:05, 20 at 20:00. Two days ago: 60 at 01:00.
  const spent: [number, number][] = [
    [-3 * day + 3 * hour, 50],
    [-3 * day + 10 * hour + 5 * minute, 40],
    [-3 * day + 20 * hour, 20],
    [-2 * day + hour, 60],
  ]
  await foldRequests(
    admin.gateway,
    spent.map(([offset, usd]) =>
      JSON.stringify(ledgerRow({ ts: today + offset, app_id: app.id, cost_nanos: String(usd * 1e9) })),
    ),
  )
  for (const [offset, usd] of [
    [-3 * day, 110],
    [-2 * day, 60],
  ] as const) {
    const window = windowAt('day', today + offset, zone)
    await admin.gateway.db.insert(budgetWindows).values({
      budgetId: budget.budget_id,
      windowStart: new Date(window.start),
      windowEnd: new Date(window.end),
      limitNanos: 100_000_000_000n,
      postedNanos: BigInt(usd) * 1_000_000_000n,
    })
  }
  const scope = { app: [app.id] }
  const rung = await previewOf({ ...named, kind: 'budget', scope })
  expect(rung).toMatchObject({ fired: 1, told: 3, step_seconds: 900, remarks: ['settings_of_today'] })
  expect(rung.firings).toMatchObject([
    {
      subject: { scope: 'app', id: app.id, name: 'spender' },
      severity: 'critical',
      fired_at: new Date(today - 3 * day + 10 * hour + quarter).toISOString(),
      resolved_at: new Date(today - 2 * day + quarter).toISOString(),
      told: 3,
    },
  ])
  // $50, $40 and $20 within an hour are 12, 9.6 and 4.8 times the even pace; the first hour of a window says nothing.
  const burn = await previewOf({ ...named, kind: 'burn_rate', threshold: 9, scope })
  expect(burn.firings.map((one: { fired_at: string }) => Date.parse(one.fired_at) - today)).toEqual([
    -3 * day + 10 * hour + quarter,
  ])
  expect((await previewOf({ ...named, kind: 'budget', scope: { app: [newId()] } })).fired).toBe(0)
})

it('keys without calls, and keys that expire, are known from their calls and dates', async () => {
  const [one, two] = keyIds
  await admin.gateway.sql`
    update keys set expires_at = ${new Date(end + 4 * day).toISOString()}::timestamptz where id = ${two ?? ''}`
  const expiring = await previewed({ ...named, kind: 'key_expiring', threshold: 7 })
  expect(expiring).toMatchObject([{ subject: `key ${two}`, fired: end - 3 * day, resolved: null, told: 1 }])
  const unused = await previewed({ ...named, kind: 'key_unused', threshold: 25, scope: { key: [one] } })
  // Its first call was a day and four hours ago.
  expect(unused).toMatchObject([{ subject: `key ${one}`, fired: end - 5 * day }])
  expect(Math.abs((unused[0]?.resolved ?? 0) - (start - day))).toBeLessThanOrEqual(hour)
})

it.each(['balance_low', 'ledger_drift', 'store_degraded', 'job_failing'])(
  'of %s no history is kept, and it says so',
  async (kind) => {
    expect(await previewOf({ ...named, kind })).toEqual({
      kept: false,
      from: null,
      to: null,
      step_seconds: null,
      fired: null,
      told: null,
      firings: [],
      remarks: [],
    })
  },
)

it('with very many calls it looks at fewer days, and says which', async () => {
  const bucket = new Date(end - 2 * day)
  const row = {
    bucket,
    kind: 'call',
    environment: 'x',
    tenant: 'x',
    project: 'x',
    feature: 'x',
    endpoint: 'x',
    model: 'x',
  }
  await admin.gateway.db.insert(rollups).values({ ...row, requests: 2_000_000 })
  const answer = await previewOf({ ...named, kind: 'error_rate', threshold: 0.5, min_count: 5 })
  expect(answer.remarks).toEqual(['fewer_days'])
  expect(Date.parse(answer.from)).toBeGreaterThan(bucket.getTime())
  expect(Date.parse(answer.from)).toBeLessThanOrEqual(bucket.getTime() + hour)
})

it('a rule that makes no sense is refused, and whoever may not write rules', async () => {
  expect(await admin.refusal('POST', '/alert-rules/preview', { kind: 'error_rate' })).toMatchObject({
    status: 400,
    param: 'name',
  })
  const rule = { ...named, kind: 'key_down' }
  for (const [role, status] of [
    ['operator', 200],
    ['viewer', 403],
    ['developer', 403],
    ['finance', 403],
  ] as const) {
    const person = await personWith(admin, role)
    expect((await person.call('POST', '/alert-rules/preview', rule)).status, role).toBe(status)
  }
})
