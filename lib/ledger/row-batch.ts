/**
 * Rows that go to the database together, as the text of one JSON array. They wait outside the collected heap: as strings
 * they were copied while they waited, and collections took several times as long.
 */
import type { Entry } from './journal'

/** A row with what is to be done when it is in the database. */
export type Row = { json: string; entry: Entry | null; done: (() => void) | null }

const firstBytes = 256 * 1024
const [open, comma, close] = [0x5b, 0x2c, 0x5d]

export class RowBatch {
  private bytes = Buffer.allocUnsafeSlow(firstBytes)
  /** Where each row ends; one byte, a bracket or a comma, comes before and after it. */
  private ends: number[] = []
  private rows: Omit<Row, 'json'>[] = []
  private isAscii = true
  /** Whether somebody wants to be told of a row. */
  isAwaited = false
  /** When the first row came, in milliseconds since the epoch. */
  since = 0

  get size(): number {
    return this.ends.length
  }

  add({ json, entry, done }: Row): void {
    const start = (this.ends.at(-1) ?? 0) + 1
    this.makeRoom(start + 3 * json.length + 1)
    this.bytes[start - 1] = comma
    const length = this.bytes.write(json, start)
    if (length !== json.length) this.isAscii = false
    if (done) this.isAwaited = true
    this.ends.push(start + length)
    this.rows.push({ entry, done })
  }

  /**
   * The JSON array of the rows from `first` up to but not including `end`. The brackets are put between the rows for as
   * long as the text is made: added to it, they made V8 copy it, and such large strings live until a full collection.
   */
  text(first: number, end: number): string {
    const [from, to] = [this.ends[first - 1] ?? 0, this.ends[end - 1] ?? 0]
    this.bytes[from] = open
    this.bytes[to] = close
    const text = this.bytes.toString(this.isAscii ? 'latin1' : 'utf8', from, to + 1)
    this.bytes[from] = comma
    this.bytes[to] = comma
    return text
  }

  /** Calls back for every row, and empties the batch for others. */
  settle(committed: (entry: Entry) => void): void {
    const { rows } = this
    this.rows = []
    this.ends = []
    this.isAscii = true
    this.isAwaited = false
    for (const { entry, done } of rows) {
      if (entry) committed(entry)
      done?.()
    }
  }

  private makeRoom(needed: number): void {
    if (needed <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length))
    this.bytes.copy(larger, 0, 0, this.ends.at(-1) ?? 0)
    this.bytes = larger
  }
}
