import type { Dispatcher } from 'undici'
import type { HealthBook } from '@/lib/health/book'
import type { createPriceBook } from '@/lib/ledger/prices'
import type { LedgerWriter } from '@/lib/ledger/writer'
import type { Snapshot } from '@/lib/registry/snapshot'
import type { Credentials } from './authenticate'
import type { Metrics } from './metrics'
import type { Turns } from './pick-key'
import type { Throttles } from './stops'

/** What the steps of a call share in one process. */
export type Context = {
  processId: string
  snapshot(): Snapshot
  /** Reads the registry now; throws when the database does not answer. */
  refresh(): Promise<void>
  draining(): boolean
  credentials: Credentials
  upstream: Dispatcher
  turns: Turns
  health: HealthBook
  throttles: Throttles
  ledger: LedgerWriter
  priceOf: ReturnType<typeof createPriceBook>
  metrics: Metrics
  /** Where people see a call, by its ledger id; null when the portal's address is not known. */
  requestUrl(id: string): string | null
  /** True where the process may be frozen after an answer (serverless): rows are written before it ends. */
  awaitLedger: boolean
  /** Each settled row is also appended there, when set. */
  usageLog: { write(line: string): void } | null
}
