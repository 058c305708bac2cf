import type { Dispatcher } from 'undici'
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
  throttles: Throttles
  ledger: LedgerWriter
  priceOf: ReturnType<typeof createPriceBook>
  metrics: Metrics
  /** True where the process may be frozen after an answer (serverless): rows are written before it ends. */
  awaitLedger: boolean
  /** Each settled row is also appended there, when set. */
  usageLog: { write(line: string): void } | null
}
