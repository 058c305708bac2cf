import { describe, expect, test } from 'vitest'
import { defaultRules } from '@/lib/alerts/default-rules'
import type { Rule } from '@/lib/alerts/observers/observation'
import type { BudgetReading, KeyReading, Readings } from '@/lib/alerts/readings'
import { observe } from '@/lib/alerts/rules'
import { alertText } from '@/lib/alerts/text'
import type { AlertKind } from '@/lib/schemas/alerts'

const now = Date.parse('2026-03-10T12:00:00Z')
const minute = 60_000
const day = 86_400_000

function ruleOf(kind: AlertKind, given: Partial<Rule> = {}): Rule {
  const row = defaultRules.find((rule) => rule.kind === kind)
  if (!row) throw new Error(`there is no default rule ${kind}`)
  const { id, name, severity, windowMinutes, threshold, minCount = 0, scope = {} } = row
  return {
    id,
    kind,
    name: name ?? '',
    severity,
    windowMinutes,
    threshold: Number(threshold),
    minCount,
    scope,
    ...given,
  }
}

const none: Readings = {
  now,
  keys: [],
  budgets: [],
  traffic: [],
  limited: [],
  processes: [],
  jobs: [],
  drift: [],
}

function see(kind: AlertKind, readings: Partial<Readings>, given: Partial<Rule> = {}, open: string[] = []) {
  return observe(ruleOf(kind, given), { ...none, ...readings }, new Set(open))
}

const key: KeyReading = {
  id: 'k1',
  name: 'main',
  provider: 'openai',
  providerId: 'p1',
  environment: 'production',
  status: 'active',
  hasSecret: true,
  state: 'up',
  reason: null,
  since: null,
  nextTryAt: null,
  lastError: null,
  pools: [{ id: 'o1', slug: 'general' }],
  createdAt: now - 100 * day,
  expiresAt: null,
  lastUsedAt: now - minute,
  balanceThresholdUsd: null,
  balance: null,
}
const down = { ...key, state: 'down' as const, reason: 'auth', since: now - 1000 }

const budget: BudgetReading = {
  id: 'b1',
  scope: 'app',
  scopeId: 'a1',
  name: 'checkout',
  period: 'day',
  hard: false,
  ladder: [
    { at: 0.8, action: 'notify' },
    { at: 0.95, action: 'downgrade' },
  ],
  windowStart: now - day / 2,
  windowEnd: now + day / 2,
  limitUsd: 100,
  spentUsd: 0,
  lostUsd: 0,
  burnUsdPerHour: null,
  exhaustedAt: null,
}

describe('budget', () => {
  test.each([
    [79.99, null, null],
    [80, 0.8, 'warning'],
    [94.99, 0.8, 'warning'],
    [95, 0.95, 'warning'],
    [100, 1, 'critical'],
    [130, 1, 'critical'],
  ])('$%d of $100 reaches the rung %s', (spentUsd, level, severity) => {
    const seen = see('budget', { budgets: [{ ...budget, spentUsd }] })
    expect(seen[0] ?? { level: null, severity: null }).toMatchObject({ level, severity })
  })

  test('a hard one that has all but nothing left counts as used up', () => {
    expect(see('budget', { budgets: [{ ...budget, hard: true, spentUsd: 99.6 }] })).toMatchObject([
      { level: 1 },
    ])
    expect(see('budget', { budgets: [{ ...budget, spentUsd: 99.6 }] })).toMatchObject([{ level: 0.95 }])
  })

  test('each window is a trouble of its own', () => {
    const keys = [0, day].map(
      (later) =>
        see('budget', { budgets: [{ ...budget, spentUsd: 90, windowStart: budget.windowStart + later }] })[0]
          ?.key,
    )
    expect(new Set(keys).size).toBe(2)
  })

  test('burning and running out need an hour of data', () => {
    const spent = { ...budget, spentUsd: 50 }
    for (const kind of ['burn_rate', 'projected_exhaustion'] as const)
      expect(see(kind, { budgets: [spent] })).toEqual([])
  })

  test.each([
    [24, now + 2 * 3_600_000, true],
    [25, now + 2 * 3_600_000, true],
    [24.9, null, false],
  ])('$%d an hour of $100 a day burns six times too fast: %s', (burnUsdPerHour, exhaustedAt, told) => {
    const seen = see(
      'burn_rate',
      { budgets: [{ ...budget, spentUsd: 50, burnUsdPerHour, exhaustedAt }] },
      { threshold: 5.7 },
    )
    expect(seen.length).toBe(told ? 1 : 0)
  })

  test('running out is told while it is to come and near enough', () => {
    const at = (hours: number) =>
      see(
        'projected_exhaustion',
        { budgets: [{ ...budget, spentUsd: 50, burnUsdPerHour: 9, exhaustedAt: now + hours * 3_600_000 }] },
        { threshold: 6 },
      ).length
    expect([at(-1), at(0), at(1), at(6), at(7)]).toEqual([0, 0, 1, 1, 0])
  })

  test('only those that the scope names', () => {
    const spent = { ...budget, spentUsd: 90 }
    expect(see('budget', { budgets: [spent] }, { scope: { app: ['a1'] } })).toHaveLength(1)
    expect(see('budget', { budgets: [spent] }, { scope: { app: ['a2'] } })).toHaveLength(0)
    expect(see('budget', { budgets: [spent] }, { scope: { tenant: ['acme'] } })).toHaveLength(0)
  })
})

describe('keys', () => {
  test.each([
    ['refused just now', down, true],
    ['without a secret', { ...key, hasSecret: false }, true],
    ['out of quota just now', { ...down, state: 'cooling' as const, reason: 'quota' }, true],
    [
      'cooling off for a minute',
      { ...down, state: 'cooling' as const, reason: 'timeout', since: now - minute },
      false,
    ],
    [
      'cooling off for five',
      { ...down, state: 'cooling' as const, reason: 'timeout', since: now - 5 * minute },
      true,
    ],
    ['disabled', { ...down, status: 'disabled' as const }, false],
    ['well', key, false],
  ])('%s: told %s', (_, reading, told) => {
    expect(see('key_down', { keys: [reading] }).length).toBe(told ? 1 : 0)
  })

  test('a pool is degraded from half of its keys on, and out with the last', () => {
    const pool = (out: number) => [
      ...Array.from({ length: out }, (_, n) => ({ ...down, id: `d${n}` })),
      ...Array.from({ length: 4 - out }, (_, n) => ({ ...key, id: `u${n}` })),
    ]
    const kinds = (out: number) =>
      (['pool_degraded', 'pool_out'] as const).filter((kind) => see(kind, { keys: pool(out) }).length > 0)
    expect([0, 1, 2, 3, 4].map(kinds)).toEqual([[], [], ['pool_degraded'], ['pool_degraded'], ['pool_out']])
  })

  test.each([
    [31, null, 1],
    [29, null, 0],
    [31, now - 2 * day, 0],
    [100, now - 31 * day, 1],
  ])('added %d days ago, last used at %s: unused %d', (age, lastUsedAt, count) => {
    const reading = { ...key, createdAt: now - age * day, lastUsedAt }
    expect(see('key_unused', { keys: [reading] })).toHaveLength(count)
    expect(see('key_unused', { keys: [{ ...reading, status: 'standby' }] })).toHaveLength(0)
  })

  test.each([
    [8 * day, null],
    [7 * day, 1],
    [day, 1],
    [0, 2],
    [-day, 2],
  ])('that expires in %d ms is told with level %s', (left, level) => {
    const [seen] = see('key_expiring', { keys: [{ ...key, expiresAt: now + left }] })
    expect(seen?.level ?? null).toBe(level)
  })

  test('a balance is low below the key’s own threshold, else below the rule’s', () => {
    const balance = { amount: '35.5', currency: 'CNY', usd: 5, source: 'api', readAt: now }
    const count = (balanceThresholdUsd: number | null, threshold: number) =>
      see('balance_low', { keys: [{ ...key, balance, balanceThresholdUsd }] }, { threshold }).length
    expect([count(6, 0), count(5, 0), count(null, 0), count(null, 6), count(4, 6)]).toEqual([1, 0, 0, 1, 0])
  })
})

describe('traffic', () => {
  const reading = {
    id: 'k1',
    name: 'main',
    calls: 100,
    failed: 20,
    classes: { provider: 20 },
    p95: null,
    usualP95: null,
  }

  test.each([
    [{}, true],
    [{ failed: 19 }, false],
    [{ calls: 19, failed: 19 }, false],
  ])('errors with %o are told: %s', (given, told) => {
    expect(see('error_rate', { traffic: [{ ...reading, ...given }] }).length).toBe(told ? 1 : 0)
  })

  test('what is told already stays so with little traffic, and ends when it is good', () => {
    const few = { ...reading, calls: 2, failed: 1 }
    expect(see('error_rate', { traffic: [few] }, {}, ['key k1'])).toHaveLength(1)
    expect(see('error_rate', { traffic: [{ ...few, failed: 0 }] }, {}, ['key k1'])).toHaveLength(0)
  })

  test.each([
    [20, 0, 1],
    [19, 0, 0],
    [60, 20, 1],
    [59, 20, 0],
  ])('%d 429s where %d are usual: %d', (count, usual, told) => {
    expect(see('rate_limited', { limited: [{ id: 'k1', name: 'main', count, usual }] })).toHaveLength(told)
  })

  test.each([
    [2000, 1000, 1],
    [1999, 1000, 0],
    [2000, null, 0],
  ])('p95 of %d ms where %s is usual: %d', (p95, usualP95, told) => {
    for (const kind of ['latency', 'ttft'] as const)
      expect(see(kind, { traffic: [{ ...reading, p95, usualP95 }] })).toHaveLength(told)
  })
})

describe('the system', () => {
  test('a store that is away is told after a minute', () => {
    const away = (ms: number) => ({
      id: 'p',
      limits: { store: 'redis', degradedSince: now - ms, error: 'ECONNREFUSED' },
      ledgerLagSeconds: 0,
    })
    expect(see('store_degraded', { processes: [away(59_000)] })).toHaveLength(0)
    expect(see('store_degraded', { processes: [away(60_000)] })).toMatchObject([{ key: 'store redis' }])
    const behind = { id: 'p', limits: null, ledgerLagSeconds: 61 }
    expect(see('store_degraded', { processes: [behind] })).toMatchObject([{ key: 'store database' }])
  })

  test('a job is told at its second failure in a row', () => {
    const job = (failures: number) => [{ job: 'probes', failures, error: 'cut off', since: now }]
    expect([1, 2].map((failures) => see('job_failing', { jobs: job(failures) }).length)).toEqual([0, 1])
  })

  test('any drift of the ledger is told, also one without money', () => {
    const drift = {
      what: 'rollups' as const,
      windows: 2,
      windowStart: now - day,
      windowEnd: now,
      usd: 0,
      otherSums: true,
    }
    expect(see('ledger_drift', { drift: [drift] })).toHaveLength(1)
    expect(see('ledger_drift', { drift: [{ ...drift, otherSums: false }] })).toHaveLength(0)
  })
})

test('every kind says in both languages what happened and where to go', () => {
  const burning = { ...budget, spentUsd: 50, burnUsdPerHour: 40, exhaustedAt: now + 3_600_000 }
  const traffic = [
    { id: 'k1', name: 'main', calls: 100, failed: 50, classes: { provider: 50 }, p95: 900, usualP95: 100 },
  ]
  const balance = { amount: '1', currency: 'CNY', usd: 0.14, source: 'api', readAt: now }
  const keys = [
    { ...down, expiresAt: now + day, balance, balanceThresholdUsd: 1, lastUsedAt: null },
    { ...down, id: 'k2', pools: [...down.pools, { id: 'o2', slug: 'second' }] },
    { ...key, id: 'k3', pools: [{ id: 'o2', slug: 'second' }] },
  ]
  const readings: Partial<Readings> = {
    keys,
    budgets: [burning, { ...budget, spentUsd: 100 }],
    traffic,
    limited: [{ id: 'k1', name: 'main', count: 50, usual: 2 }],
    processes: [
      { id: 'p', limits: { store: 'redis', degradedSince: now - day, error: 'gone' }, ledgerLagSeconds: 100 },
    ],
    jobs: [{ job: 'probes', failures: 3, error: 'cut off', since: now }],
    drift: (['rollups', 'summaries', 'budget', 'lost'] as const).map((what) => ({
      what,
      windows: 1,
      windowStart: now - day,
      windowEnd: now,
      usd: 1,
      otherSums: false,
    })),
  }
  for (const { kind } of defaultRules) {
    const seen = see(kind as AlertKind, readings)
    expect(seen.length, kind).toBeGreaterThan(0)
    for (const { subject, facts } of seen) {
      for (const language of ['en', 'zh'] as const) {
        const { title, text, action } = alertText({ subject, facts, affects: [] }, language, 'Asia/Shanghai')
        const all = `${title} ${text} ${action.text}`
        expect(all).not.toMatch(/undefined|null|NaN|\[object/)
        expect(/[一-鿿]/.test(all)).toBe(language === 'zh')
        expect(action.href).toMatch(/^\/[a-z]/)
        expect(title.length * text.length * action.text.length).toBeGreaterThan(0)
      }
    }
  }
})
