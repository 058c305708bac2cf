/**
 * Writes ledger rows in batches. A batch that fails is tried again with backoff, so rows wait in memory while the
 * database is away; past `backlogMax` rows new calls must be refused (`full`). A row that the database will not take
 * for what it holds is set apart, so that it cannot block the rows behind it.
 */
import { errorText, log } from '@/lib/log'

const batchMax = 500
const gatherMs = 20
export const backlogMax = 50_000

type Waiting = { json: string; done: () => void }

export class LedgerWriter {
  private queue: Waiting[] = []
  private running: Promise<void> | null = null
  private retryMs = 0
  /** Milliseconds since the epoch of the last successful write, or of the first row waiting for one. */
  private waitingSince: number | null = null
  /** Rows the database refused for their content; logged whole, they hold no secrets. */
  refusedRows = 0

  constructor(
    private readonly fold: (rows: string[]) => Promise<number>,
    private readonly now: () => number = Date.now,
  ) {}

  get backlog(): number {
    return this.queue.length
  }

  get full(): boolean {
    return this.queue.length >= backlogMax
  }

  /** Seconds that the oldest row has waited. */
  get lagSeconds(): number {
    return this.waitingSince === null ? 0 : (this.now() - this.waitingSince) / 1000
  }

  /** Resolves when the row is in the database. */
  push(json: string): Promise<void> {
    return new Promise((done) => {
      this.queue.push({ json, done })
      this.waitingSince ??= this.now()
      this.running ??= this.run()
    })
  }

  /** Resolves when everything pushed so far is written; false when `ms` passed first. */
  async flush(ms: number): Promise<boolean> {
    if (!this.running) return true
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms)
    })
    const written = await Promise.race([this.running.then(() => true), late])
    clearTimeout(timer)
    return written
  }

  private async run(): Promise<void> {
    await sleep(gatherMs)
    while (this.queue.length > 0) {
      const batch = this.queue.slice(0, batchMax)
      if (await this.write(batch)) {
        this.queue.splice(0, batch.length)
        for (const { done } of batch) done()
        this.waitingSince = this.queue.length > 0 ? this.now() : null
      } else {
        await sleep(this.retryMs)
      }
    }
    this.running = null
  }

  private async write(batch: Waiting[]): Promise<boolean> {
    try {
      await this.fold(batch.map(({ json }) => json))
      this.retryMs = 0
      return true
    } catch (error) {
      if (isContentError(error)) return await this.writeHalves(batch, error)
      this.retryMs = Math.min(5000, Math.max(100, this.retryMs * 2))
      log.error(
        { error: errorText(error), backlog: this.backlog },
        'the ledger could not be written; it is tried again',
      )
      return false
    }
  }

  private async writeHalves(batch: Waiting[], error: unknown): Promise<boolean> {
    if (batch.length === 1) {
      this.refusedRows++
      log.error({ error: errorText(error), row: batch[0]?.json }, 'a ledger row was refused by the database')
      return true
    }
    const middle = Math.ceil(batch.length / 2)
    return (await this.write(batch.slice(0, middle))) && (await this.write(batch.slice(middle)))
  }
}

/** SQLSTATE class 22 (data exception) and 23 (constraint): the same row will fail again. */
function isContentError(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return /^2[23][0-9A-Z]{3}$/.test(code)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
