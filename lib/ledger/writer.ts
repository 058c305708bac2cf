/**
 * Writes ledger rows in batches. A batch that fails is tried again with backoff. While the database is away, rows wait
 * in memory, and from `rowsInMemory` on in the journal only, from which they are read back. A row that the database will
 * not take for what it holds is set apart, so that it cannot block the rows behind it.
 */
import { errorText, log } from '@/lib/log'
import type { Entry, Journal, Position } from './journal'
import { RowBatch } from './row-batch'

const batchMax = 500
const gatherMs = 100
const retryMaxMs = 2000
const defaults = { rowsInMemory: 20_000, now: Date.now }

/** Rows that are in the journal only. */
type Spilled = { from: Position; rows: number; since: number }

/** A call, and what the journal has of it: nothing when no attempt was made. */
export type Begun = { id: string; entry: Entry }

export class LedgerWriter {
  /** The oldest first; only the newest has room. */
  private queue: RowBatch[] = []
  private writing: RowBatch | null = null
  /** An empty one, to be used again. */
  private spare: RowBatch | null = null
  private waiting = 0
  private spilled: Spilled | null = null
  private running: Promise<void> | null = null
  /** Ends the wait for more rows; once it is `hurried`, there is none until all is written. */
  private hurry = () => {}
  private hurried = false
  private retryMs = 0
  private readonly options: typeof defaults
  /** Rows the database refused for their content; logged whole, they hold no secrets. */
  refusedRows = 0

  constructor(
    /** Takes the JSON array of some rows. */
    private readonly fold: (rows: string) => Promise<unknown>,
    private readonly journal: Journal | null = null,
    options: Partial<typeof defaults> = {},
  ) {
    this.options = { ...defaults, ...options }
  }

  /** Rows that are not in the database yet. */
  get backlog(): number {
    return this.waiting + (this.spilled?.rows ?? 0)
  }

  /** True when calls that cost money must be refused: their rows could be lost. */
  get full(): boolean {
    return this.journal ? this.journal.full : this.crowded
  }

  /** True while rows wait because the database does not take them. */
  get failing(): boolean {
    return this.retryMs > 0
  }

  /** True when rows that nobody would miss should not be added. */
  get crowded(): boolean {
    return this.waiting >= this.options.rowsInMemory
  }

  /** Seconds that the oldest row has waited. */
  get lagSeconds(): number {
    const since = (this.writing ?? this.queue[0] ?? this.spilled)?.since
    return since === undefined ? 0 : (this.options.now() - since) / 1000
  }

  /**
   * Takes the final row of a call, or one that belongs to no call. `done` is told when the row is in the database; of a
   * row that is safe in the journal perhaps at once.
   */
  push(json: string, call: Begun | null = null, done: (() => void) | null = null): void {
    const since = this.options.now()
    const entry = call?.entry.place ? call.entry : null
    if (call && entry && this.note(json, call.id, entry, since)) done?.()
    else this.enqueue(json, entry, done, since)
    this.running ??= this.run()
  }

  /** Resolves when everything pushed so far is written; false when `ms` passed first. */
  async flush(ms: number): Promise<boolean> {
    if (!this.running) return true
    this.journal?.flush()
    this.hurried = true
    this.hurry()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms)
    })
    const written = await Promise.race([this.running.then(() => true), late])
    clearTimeout(timer)
    return written
  }

  /** Writes the row to the journal. True when it is kept there only, as there is no more room for it in memory. */
  private note(json: string, id: string, entry: Entry, since: number): boolean {
    const { journal } = this
    if (!journal) return false
    if (!this.spilled && !this.crowded) {
      journal.add('U', id, json, entry)
      return false
    }
    journal.flush()
    const from = journal.end
    if (!journal.add('U', id, json, entry) || !journal.flush()) return false
    this.spilled ??= { from, rows: 0, since }
    this.hurry()
    this.spilled.rows++
    return true
  }

  private enqueue(json: string, entry: Entry | null, done: (() => void) | null, since: number): void {
    let batch = this.queue.at(-1)
    if (!batch || batch.size === batchMax) {
      batch = this.spare ?? new RowBatch()
      batch.since = since
      this.spare = null
      this.queue.push(batch)
    }
    batch.add({ json, entry, done })
    this.waiting++
    if (done || batch.size === batchMax) this.hurry()
  }

  /** Waits for more rows, unless somebody waits for these: many cost the database little more than a few. */
  private async gather(): Promise<void> {
    if (this.hurried || this.spilled || this.waiting >= batchMax || this.queue[0]?.isAwaited) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, gatherMs)
      this.hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.hurry = () => {}
  }

  private async run(): Promise<void> {
    while (this.backlog > 0) {
      await this.gather()
      if (this.spilled && this.waiting < batchMax) await this.readBack(this.spilled)
      this.writing = this.queue.shift() ?? null
      if (this.writing) await this.writeWhole(this.writing)
      this.writing = null
    }
    this.hurried = false
    this.running = null
  }

  private async writeWhole(batch: RowBatch): Promise<void> {
    while (!(await this.write(batch, 0, batch.size))) await sleep(this.retryMs)
    this.waiting -= batch.size
    batch.settle((entry) => this.journal?.committed(entry))
    this.spare ??= batch
  }

  private async readBack(spilled: Spilled): Promise<void> {
    const { journal } = this
    if (!journal) return
    const { rows, next } = await journal.read(spilled.from)
    for (const { json, entry } of rows) {
      this.enqueue(json, entry, null, spilled.since)
    }
    spilled.from = next
    spilled.rows = Math.max(0, spilled.rows - rows.length)
    const { number, offset } = journal.end
    if (next.number === number && next.offset === offset) this.spilled = null
  }

  /** Writes the rows from `first` up to but not including `end`; false when they must be tried again. */
  private async write(batch: RowBatch, first: number, end: number): Promise<boolean> {
    if (first === end) return true
    try {
      await this.fold(batch.text(first, end))
      this.retryMs = 0
      return true
    } catch (error) {
      if (isContentError(error)) return await this.writeHalves(batch, first, end, error)
      this.retryMs = Math.min(retryMaxMs, Math.max(100, this.retryMs * 2))
      log.error(
        { error: errorText(error), backlog: this.backlog },
        'the ledger could not be written; it is tried again',
      )
      return false
    }
  }

  private async writeHalves(batch: RowBatch, first: number, end: number, error: unknown): Promise<boolean> {
    if (end - first === 1) {
      this.refusedRows++
      const rows = batch.text(first, end)
      log.error(
        { error: errorText(error), row: rows.slice(1, -1) },
        'a ledger row was refused by the database',
      )
      return true
    }
    const middle = Math.ceil((first + end) / 2)
    return (await this.write(batch, first, middle)) && (await this.write(batch, middle, end))
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
