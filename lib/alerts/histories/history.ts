/** What rules would have looked at in the past, and what all kinds of it share. Times are milliseconds since the epoch. */
import type { Readings } from '@/lib/alerts/readings'
import type { previewRemarks } from '@/lib/schemas/alert-preview'

export type Remark = (typeof previewRemarks)[number]

export type Span = { from: number; to: number }

/** Asked for one time after the other, each `stepMs` later; `open`: the subjects whose alerts are open by then. */
export type History = Span & {
  stepMs: number
  remarks: Remark[]
  at(time: number, open: Set<string>): Readings
}

export const minute = 60_000
export const quarter = 15 * minute

export const nothing = {
  keys: [],
  budgets: [],
  traffic: [],
  limited: [],
  processes: [],
  jobs: [],
  drift: [],
}

/** The `width` slices before an end that only moves forward; `count` is told of rows that come in (1) and go (-1). */
export class SlidingWindow<Row extends { slice: number }> {
  private readonly bySlice = new Map<number, Row[]>()
  private end = 0

  constructor(
    rows: Row[],
    private readonly width: number,
    private readonly count: (row: Row, sign: 1 | -1) => void,
  ) {
    for (const row of rows) {
      const same = this.bySlice.get(row.slice)
      if (same) same.push(row)
      else this.bySlice.set(row.slice, [row])
    }
  }

  moveTo(end: number): void {
    for (; this.end < end; this.end++) {
      for (const row of this.bySlice.get(this.end) ?? []) this.count(row, 1)
      for (const row of this.bySlice.get(this.end - this.width) ?? []) this.count(row, -1)
    }
  }
}

/** Goes through items in order of time, each once: `upTo` hands out those that have come since the last time. */
export class Passing<Item extends { at: number }> {
  private next = 0

  constructor(private readonly items: Item[]) {}

  upTo(time: number): Item[] {
    const first = this.next
    while ((this.items[this.next]?.at ?? Number.POSITIVE_INFINITY) <= time) this.next++
    return this.items.slice(first, this.next)
  }
}
