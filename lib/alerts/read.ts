/** Reads what the rules look at, each source once. */
import {
  type FailureCount,
  readFailingJobs,
  readFailures,
  readKeyStates,
  readLimited,
  readLivingProcesses,
  readLostMoney,
  readSpeeds,
} from '@/lib/data/alert-readings'
import { listBudgets } from '@/lib/data/budget-list'
import type { Database } from '@/lib/data/database'
import { listDrifts } from '@/lib/data/ledger-audit'
import { nanosToUsd } from '@/lib/format'
import { budgetFigures } from '@/lib/limits/budget-figures'
import { windowAt } from '@/lib/limits/windows'
import type { AlertKind } from '@/lib/schemas/alerts'
import type { Rule } from './observers/observation'
import type {
  BudgetReading,
  DriftReading,
  JobReading,
  KeyReading,
  ProcessReading,
  Readings,
  TrafficReading,
} from './readings'

type Source = Exclude<keyof Readings, 'now'>

const sources: Record<AlertKind, Source> = {
  budget: 'budgets',
  burn_rate: 'budgets',
  projected_exhaustion: 'budgets',
  balance_low: 'keys',
  error_rate: 'traffic',
  rate_limited: 'limited',
  latency: 'traffic',
  ttft: 'traffic',
  key_down: 'keys',
  pool_degraded: 'keys',
  pool_out: 'keys',
  key_unused: 'keys',
  key_expiring: 'keys',
  ledger_drift: 'drift',
  store_degraded: 'processes',
  job_failing: 'jobs',
}

const empty = { keys: [], budgets: [], traffic: [], limited: [], processes: [], jobs: [], drift: [] }

export type Reader = (rule: Rule, open: Set<string>) => Promise<Readings>

/** What a rule needs, as of `now`. Sources that do not depend on the rule are read once for all rules. */
export function createReader(database: Database, now: number, timeZone: string): Reader {
  const shared = new Map<Source, Promise<Partial<Readings>>>()
  const once = (source: Source, read: () => Promise<Partial<Readings>>) => {
    const reading = shared.get(source) ?? read()
    shared.set(source, reading)
    return reading
  }
  return async (rule, open) => {
    const source = sources[rule.kind]
    const read = {
      keys: async () => ({ keys: await readKeys(database) }),
      budgets: async () => ({ budgets: await readBudgets(database, now, timeZone) }),
      processes: async () => ({ processes: (await readLivingProcesses(database)).map(processReading) }),
      jobs: async (): Promise<{ jobs: JobReading[] }> => ({ jobs: await readFailingJobs(database) }),
      drift: async () => ({ drift: await readDrift(database) }),
      traffic: async () => ({ traffic: await readTraffic(database, rule, open, now) }),
      limited: async () => ({ limited: await readLimited(database, rule.scope, windowOf(rule, now)) }),
    }[source]
    const ofRule = source === 'traffic' || source === 'limited'
    return { ...empty, now, ...(ofRule ? await read() : await once(source, read)) }
  }
}

function windowOf({ windowMinutes }: Rule, now: number) {
  return { from: new Date(now - windowMinutes * 60_000), to: new Date(now) }
}

export async function readKeys(database: Database): Promise<KeyReading[]> {
  return (await readKeyStates(database)).map(keyReading)
}

function keyReading(row: Awaited<ReturnType<typeof readKeyStates>>[number]): KeyReading {
  const { balance, balance_threshold_nanos } = row
  return {
    id: row.id,
    name: row.name,
    provider: row.provider,
    providerId: row.provider_id,
    environment: row.environment,
    status: row.status,
    hasSecret: row.has_secret,
    state: row.state,
    reason: row.reason,
    since: row.since,
    nextTryAt: row.next_try_at,
    lastError: row.last_error,
    pools: row.pools,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    balanceThresholdUsd:
      balance_threshold_nanos === null ? null : nanosToUsd(BigInt(balance_threshold_nanos)),
    balance: balance && {
      amount: balance.amount,
      currency: balance.currency,
      usd: balance.usd_nanos === null ? null : balance.usd_nanos / 1e9,
      source: balance.source,
      readAt: Date.parse(balance.read_at),
    },
  }
}

/** Far more than a team has. */
const allBudgets = { limit: 10_000, after: undefined }

export async function readBudgets(
  database: Database,
  now: number,
  timeZone: string,
): Promise<BudgetReading[]> {
  const windows = { day: windowAt('day', now, timeZone), month: windowAt('month', now, timeZone) }
  const windowStart = { day: new Date(windows.day.start), month: new Date(windows.month.start) }
  const rows = await listBudgets(database, { now: new Date(now), windowStart, ownerEmail: null }, allBudgets)
  return rows.map((row) => {
    const window = windows[row.period]
    const figures = budgetFigures(row, window, now)
    const { projected_exhaustion_at: exhaustedAt } = figures
    return {
      id: row.budget_id,
      scope: row.scope,
      scopeId: row.id,
      name: row.name,
      period: row.period,
      hard: row.hard,
      ladder: row.ladder,
      windowStart: window.start,
      windowEnd: window.end,
      limitUsd: figures.limit_usd,
      spentUsd: figures.spent_usd,
      lostUsd: figures.lost_usd,
      burnUsdPerHour: figures.burn_usd_per_hour,
      exhaustedAt: exhaustedAt === null ? null : Date.parse(exhaustedAt),
    }
  })
}

async function readTraffic(
  database: Database,
  rule: Rule,
  open: Set<string>,
  now: number,
): Promise<TrafficReading[]> {
  const range = windowOf(rule, now)
  if (rule.kind === 'latency' || rule.kind === 'ttft') {
    const rows = await readSpeeds(database, rule.kind, rule.scope.by ?? 'model', rule.scope, range)
    return rows.map(({ usual_p95, ...row }) => ({ ...row, failed: 0, classes: {}, usualP95: usual_p95 }))
  }
  const by = rule.scope.by ?? 'key'
  const suspicion = {
    failuresMin: failuresMin(rule),
    open: [...open].map((key) => key.slice(by.length + 1)),
  }
  const counts = await readFailures(database, by, rule.scope, range, suspicion)
  return addUp(counts)
}

/** With fewer failures, the share of `minCount` calls cannot reach the threshold. */
export function failuresMin({ minCount, threshold }: Rule): number {
  return Math.max(1, Math.ceil(minCount * threshold))
}

export function addUp(counts: FailureCount[]): TrafficReading[] {
  const found = new Map<string, TrafficReading>()
  for (const { id, name, class: failure, calls } of counts) {
    const reading = found.get(id) ?? { id, name, calls: 0, failed: 0, classes: {}, p95: null, usualP95: null }
    reading.calls += calls
    if (failure !== null) {
      reading.failed += calls
      reading.classes[failure] = calls
    }
    found.set(id, reading)
  }
  return [...found.values()]
}

/** Windows of one record as one: there may be hundreds. */
async function readDrift(database: Database): Promise<DriftReading[]> {
  const found = new Map<string, DriftReading>()
  for (const { record, from, to, expected, found: sums } of await listDrifts(database)) {
    const [windowStart, windowEnd] = [Date.parse(from), Date.parse(to)]
    const before = found.get(record) ?? {
      what: record,
      windows: 0,
      windowStart,
      windowEnd,
      usd: 0,
      otherSums: false,
    }
    const nanos = Number(BigInt(sums.cost_nanos ?? 0) - BigInt(expected.cost_nanos ?? 0))
    const others = Object.keys({ ...expected, ...sums }).some(
      (name) => name !== 'cost_nanos' && expected[name] !== sums[name],
    )
    found.set(record, {
      what: record,
      windows: before.windows + 1,
      windowStart: Math.min(before.windowStart, windowStart),
      windowEnd: Math.max(before.windowEnd, windowEnd),
      usd: before.usd + Math.abs(nanos) / 1e9,
      otherSums: before.otherSums || others,
    })
  }
  const lost = await readLostMoney(database)
  const ofLost = lost && {
    what: 'lost' as const,
    windows: lost.windows,
    windowStart: lost.window_start,
    windowEnd: lost.window_end,
    usd: lost.nanos / 1e9,
    otherSums: false,
  }
  return [...found.values(), ...(ofLost ? [ofLost] : [])]
}

function processReading({ id, details }: { id: string; details: Record<string, unknown> }): ProcessReading {
  const { limits, ledger } = details as {
    limits?: { store: string; degradedSince: number | null; error: string | null }
    ledger?: { lagSeconds?: number }
  }
  return { id, limits: limits ?? null, ledgerLagSeconds: ledger?.lagSeconds ?? null }
}
