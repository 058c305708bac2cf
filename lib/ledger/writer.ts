/**
 * Writes ledger rows in batches. A batch that fails is tried again with backoff. While the database is away, rows wait
 * in memory, and from `rowsInMemory` on in the journal only, from which they are read back. A row that the database will
 * not take for what it holds is set apart, so that it cannot block the rows behind it.
 */
import { errorText, log } from '@/lib/log'
import type { Journal, Place, Position } from './journal'

const batchMax = 500
const gatherMs = 20
const retryMaxMs = 2000
const defaults = { rowsInMemory: 20_000, now: Date.now }

type Waiting = { json: string; since: number; place: Place | null; done: () => void }
/** Rows that are in the journal only. */
type Spilled = { from: Position; rows: number; since: number }

/** A call that has begun: `place` is where the journal holds it, null when no attempt was made. */
export type Begun = { id: string; place: Place | null }

export class LedgerWriter {
  private queue: Waiting[] = []
  private spilled: Spilled | null = null
  private running: Promise<void> | null = null
  private retryMs = 0
  private readonly options: typeof defaults
  /** Rows the database refused for their content; logged whole, they hold no secrets. */
  refusedRows = 0

  constructor(
    private readonly fold: (rows: string[]) => Promise<unknown>,
    private readonly journal: Journal | null = null,
    options: Partial<typeof defaults> = {},
  ) {
    this.options = { ...defaults, ...options }
  }

  /** Rows that are not in the database yet. */
  get backlog(): number {
    return this.queue.length + (this.spilled?.rows ?? 0)
  }

  /** True when calls that cost money must be refused: their rows could be lost. */
  get full(): boolean {
    return this.journal ? this.journal.full : this.crowded
  }

  /** True when rows that nobody would miss should not be added. */
  get crowded(): boolean {
    return this.queue.length >= this.options.rowsInMemory
  }

  /** Seconds that the oldest row has waited. */
  get lagSeconds(): number {
    const since = this.queue[0]?.since ?? this.spilled?.since
    return since === undefined ? 0 : (this.options.now() - since) / 1000
  }

  /**
   * Takes the final row of a call, or one that belongs to no call. Resolves when the row is in the database; a row that
   * is safe in the journal may resolve at once.
   */
  push(json: string, call: Begun | null = null): Promise<void> {
    const since = this.options.now()
    const place = call?.place ? this.note(json, call.id, call.place, since) : null
    const taken =
      place === 'spilled'
        ? Promise.resolve()
        : new Promise<void>((done) => this.queue.push({ json, since, place, done }))
    this.running ??= this.run()
    return taken
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

  /** Writes the row to the journal. It stays in memory as well while there is room, or when the journal fails. */
  private note(json: string, id: string, before: Place, since: number): Place | 'spilled' {
    const { journal, spilled } = this
    if (!journal) return before
    const from = journal.end
    const place = journal.write('U', id, json, before)
    if (!place) return before
    if (!spilled && !this.crowded) return place
    this.spilled ??= { from, rows: 0, since }
    this.spilled.rows++
    return 'spilled'
  }

  private async run(): Promise<void> {
    await sleep(gatherMs)
    while (this.backlog > 0) {
      if (this.spilled && this.queue.length < batchMax) await this.readBack(this.spilled)
      const batch = this.queue.slice(0, batchMax)
      if (await this.write(batch)) {
        this.queue.splice(0, batch.length)
        for (const { done, place } of batch) {
          if (place) this.journal?.committed(place)
          done()
        }
      } else {
        await sleep(this.retryMs)
      }
    }
    this.running = null
  }

  private async readBack(spilled: Spilled): Promise<void> {
    const { journal } = this
    if (!journal) return
    const { rows, next } = await journal.read(spilled.from)
    for (const { json, place } of rows) {
      this.queue.push({ json, place, since: spilled.since, done: () => {} })
    }
    spilled.from = next
    spilled.rows = Math.max(0, spilled.rows - rows.length)
    const { number, offset } = journal.end
    if (next.number === number && next.offset === offset) this.spilled = null
  }

  private async write(batch: Waiting[]): Promise<boolean> {
    if (batch.length === 0) return true
    try {
      await this.fold(batch.map(({ json }) => json))
      this.retryMs = 0
      return true
    } catch (error) {
      if (isContentError(error)) return await this.writeHalves(batch, error)
      this.retryMs = Math.min(retryMaxMs, Math.max(100, this.retryMs * 2))
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
