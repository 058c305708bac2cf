import type { HealthBook } from '@/lib/health/book'
import type { BudgetBook, BudgetInUse } from '@/lib/limits/budget-book'
import type { RateLimits } from '@/lib/limits/rate-limits'
import type { Key, Snapshot } from '@/lib/registry/snapshot'
import type { KeyReading, Reading } from './gauges'
import type { openLedger } from './open-ledger'

type Sources = {
  snapshot: () => Snapshot
  health: HealthBook
  budgets: BudgetBook
  limits: RateLimits
  ledger: ReturnType<typeof openLedger>
  inFlight: () => number
}

/** Where the gauges of the metrics read what they show. */
export function readingOf({ snapshot, health, budgets, limits, ledger, inFlight }: Sources): Reading {
  const { writer, journal } = ledger
  return {
    inFlight,
    keys: () => keysInService(snapshot()).map((key) => keyReading(key, health)),
    budgets: () =>
      budgets.inUse().map((budget) => ({
        scope: budget.scope,
        id: budget.id,
        name: nameOf(budget, snapshot()),
        period: budget.period,
        limitUsd: budget.limitNanos / 1e9,
        leftUsd: budget.leftNanos / 1e9,
        heldUsd: budget.heldNanos / 1e9,
      })),
    overruns: () => budgets.overruns,
    limitsMode() {
      const { store, degradedSince } = limits.state
      if (degradedSince !== null) return 'degraded'
      return store === 'memory' ? 'memory' : 'redis'
    },
    ledgerMode: () => (writer.full ? 'full' : writer.failing ? 'journal_only' : 'ok'),
    backlog: () => writer.backlog,
    lagSeconds: () => writer.lagSeconds,
    journalBytes: () => journal?.bytes ?? 0,
    corruptLines: () => ledger.corruptLines(),
  }
}

/** Every key is in the default pool of its provider. */
function keysInService({ pools }: Snapshot): Key[] {
  const keys = new Map<string, Key>()
  for (const { members } of pools.values()) {
    for (const { key } of members) if (key.status !== 'disabled') keys.set(key.id, key)
  }
  return [...keys.values()]
}

function keyReading({ id, name, provider }: Key, health: HealthBook): KeyReading {
  const { state, score } = health.outlook(id)
  return { id, name, provider: provider.slug, state, score }
}

/** What people call the one whose budget it is. */
function nameOf({ scope, id }: BudgetInUse, snapshot: Snapshot): string {
  if (scope === 'global') return 'everything'
  if (scope === 'app') return snapshot.apps.get(id)?.name ?? id
  if (scope === 'pool') return snapshot.pools.get(id)?.slug ?? id
  if (scope === 'key') return keysInService(snapshot).find((key) => key.id === id)?.name ?? id
  return id
}
