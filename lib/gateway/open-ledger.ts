import { abandonedLeases, lostLeases, releaseLeases } from '@/lib/data/budgets'
import type { Database } from '@/lib/data/database'
import { ledgerConnection } from '@/lib/data/ledger'
import { forgetProcess } from '@/lib/data/processes'
import { Journal } from '@/lib/ledger/journal'
import { startRecovery } from '@/lib/ledger/recovery'
import { LedgerWriter } from '@/lib/ledger/writer'
import { log } from '@/lib/log'

type LedgerOptions = {
  database: Database
  processId: string
  /** Where the journal is kept; null where no disk lasts. */
  dataDir: string | null
  /** Told of calls of dead processes that never ended, as ledger rows. */
  onInterrupted(rows: string[]): void
}

/** The ledger as one gateway sees it: its writer, its journal, and journals that dead processes left behind. */
export function openLedger({ database, processId, dataDir, onInterrupted }: LedgerOptions) {
  const connection = ledgerConnection(database)
  const journal = dataDir === null ? null : new Journal(dataDir, processId)
  const writer = new LedgerWriter(connection.fold, journal)
  let adoptedCorruptLines = 0
  let stopRecovery = () => {}
  return {
    writer,
    journal,
    corruptLines: () => adoptedCorruptLines + (journal?.corruptLines ?? 0),
    startRecovery(): void {
      if (dataDir === null) return
      stopRecovery = startRecovery(
        {
          dataDir,
          ownId: processId,
          push: (json) => new Promise((done) => writer.push(json, null, done)),
          interrupted: onInterrupted,
          async release(id) {
            await releaseLeases(database, id)
            await forgetProcess(database.db, id)
          },
          corrupt(lines) {
            adoptedCorruptLines += lines
          },
        },
        (here) => writeOff(database, here),
      )
    },
    /** Writes what is left; false when some of it waits in the journal, or is lost where there is none. */
    async end(ms: number): Promise<boolean> {
      stopRecovery()
      const written = await writer.flush(ms)
      return written && (journal?.settled ?? true)
    },
    /** `clean`: nothing of this process is left to do, so its journal can go. */
    async close(clean: boolean): Promise<void> {
      await journal?.close(clean)
      await connection.close()
    },
  }
}

/** What processes held that died where nobody here can read their journals may have been spent: people decide. */
async function writeOff(database: Database, here: string[]): Promise<void> {
  for (const { processId, nanos } of await abandonedLeases(database, here)) {
    await lostLeases(database, processId)
    log.error(
      { process_id: processId, usd: Number(nanos) / 1e9 },
      'a process that held money of budgets has been gone for an hour without a journal here: the money counts as lost until it is released',
    )
  }
}
