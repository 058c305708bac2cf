import type { Dispatcher } from 'undici'
import type { HealthBook } from '@/lib/health/book'
import type { Journal } from '@/lib/ledger/journal'
import type { createPriceBook } from '@/lib/ledger/prices'
import type { LedgerWriter } from '@/lib/ledger/writer'
import type { BudgetBook } from '@/lib/limits/budget-book'
import type { RateLimits } from '@/lib/limits/rate-limits'
import type { Snapshot } from '@/lib/registry/snapshot'
import type { Telemetry } from '@/lib/telemetry/telemetry'
import type { Caller, Credentials } from './authenticate'
import type { TokenRatios } from './estimate'
import type { LoadBook } from './load-book'
import type { Metrics } from './metrics'
import type { RetryBudgets } from './retry-budget'
import type { Turns } from './strategies'

/** What the steps of a call share in one process. */
export type Context = {
  processId: string
  snapshot(): Snapshot
  /** Reads the registry now; throws when the database does not answer. */
  refresh(): Promise<void>
  draining(): boolean
  credentials: Credentials
  upstream: Dispatcher
  /** 0 up to 1. */
  random: () => number
  turns: Turns
  loads: LoadBook
  retries: RetryBudgets
  health: HealthBook
  limits: RateLimits
  budgets: BudgetBook
  ratios: TokenRatios
  ledger: LedgerWriter
  /** Null where no disk lasts (serverless). */
  journal: Journal | null
  priceOf: ReturnType<typeof createPriceBook>
  metrics: Metrics
  /** Null unless a collector is configured. */
  telemetry: Telemetry | null
  /** Where people see a call, by its ledger id; null when the portal's address is not known. */
  requestUrl(id: string): string | null
  /** What `GET /me` answers; asks the database. */
  aboutCaller(caller: Caller): Promise<object>
  /** True where the process may be frozen after an answer (serverless): rows are written before it ends. */
  awaitLedger: boolean
  /** Each settled row is also appended there, when set. */
  usageLog: { write(line: string): void } | null
}
