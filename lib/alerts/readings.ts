/** What rules look at, as the database tells it. Times are milliseconds since the epoch, money is US dollars. */
import type { Rung } from '@/drizzle/schema'
import type { BudgetScope } from '@/lib/data/budget-list'

export type KeyReading = {
  id: string
  name: string
  provider: string
  providerId: string
  environment: string
  status: 'active' | 'standby' | 'disabled'
  hasSecret: boolean
  state: 'up' | 'cooling' | 'down'
  reason: string | null
  since: number | null
  nextTryAt: number | null
  lastError: { status?: number | null; message?: string } | null
  pools: { id: string; slug: string }[]
  createdAt: number
  expiresAt: number | null
  lastUsedAt: number | null
  balanceThresholdUsd: number | null
  balance: { amount: string; currency: string; usd: number | null; source: string; readAt: number } | null
}

export type BudgetReading = {
  id: string
  scope: BudgetScope
  scopeId: string
  name: string
  period: 'day' | 'month'
  hard: boolean
  ladder: Rung[]
  windowStart: number
  windowEnd: number
  limitUsd: number
  spentUsd: number
  lostUsd: number
  /** Null while there are not 60 minutes of data. */
  burnUsdPerHour: number | null
  exhaustedAt: number | null
}

/** Calls of one key, app or whatever the rule compares, in its window and in the day before. */
export type TrafficReading = {
  id: string
  name: string
  calls: number
  failed: number
  classes: Record<string, number>
  p95: number | null
  usualP95: number | null
}

/** Attempts of a key that the provider answered with 429. */
export type LimitedReading = { id: string; name: string; count: number; usual: number }

export type ProcessReading = {
  id: string
  limits: { store: string; degradedSince: number | null; error: string | null } | null
  ledgerLagSeconds: number | null
}

export type JobReading = { job: string; failures: number; error: string; since: number }

/** Records of the ledger that do not agree: from the first to the last window of it, and the money by which they differ. */
export type DriftReading = {
  what: 'rollups' | 'summaries' | 'budget' | 'lost'
  windows: number
  windowStart: number
  windowEnd: number
  usd: number
  /** Other sums, such as numbers of calls, differ as well. */
  otherSums: boolean
}

export type Readings = {
  now: number
  keys: KeyReading[]
  budgets: BudgetReading[]
  traffic: TrafficReading[]
  limited: LimitedReading[]
  processes: ProcessReading[]
  jobs: JobReading[]
  drift: DriftReading[]
}
