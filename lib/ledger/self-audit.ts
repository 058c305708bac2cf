/** Makes sure that what pages, budgets and alerts add up is what the calls came to. */
import type { Database } from '@/lib/data/database'
import {
  budgetDrifts,
  type Drift,
  droppedMonthDrifts,
  ledgerSpan,
  replaceDrifts,
  rollupDrifts,
  summaryDrifts,
} from '@/lib/data/ledger-audit'
import type { Range } from '@/lib/data/usage-range'
import { nanosToDecimal } from '@/lib/format'

export type AuditOptions = {
  /** All that is kept, instead of yesterday, today and the budgets of this month. */
  whole?: boolean
  signal?: AbortSignal
}
export type Audit = { from: string; to: string; whole: boolean; windows: number; drifts: Drift[] }

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Windows of budgets begin at most this long before they end. */
const monthMs = 32 * dayMs

/**
 * Compares rows with rollups, rollups with summaries, and charges of rows with what budgets posted, in bounded windows
 * that hold no lock. What does not agree is answered, and kept in `ledger_drifts` until it does.
 */
export async function auditLedger(
  database: Database,
  now: Date,
  { whole = false, signal }: AuditOptions = {},
): Promise<Audit> {
  const span = await ledgerSpan(database)
  const to = new Date(Math.ceil(now.getTime() / hourMs) * hourMs + hourMs)
  const yesterday = new Date(Math.floor(now.getTime() / dayMs - 1) * dayMs)
  const first = span && whole ? startOfDay(span.first) : yesterday
  const rowsFrom = span && whole ? startOfDay(span.rowsFrom) : yesterday
  const audit: Audit = { from: first.toISOString(), to: to.toISOString(), whole, windows: 0, drifts: [] }
  const note = async (record: Drift['record'], range: Range, windows: number, drifts: Drift[]) => {
    signal?.throwIfAborted()
    await replaceDrifts(database, record, range, drifts)
    audit.windows += windows
    audit.drifts.push(...drifts)
  }
  if (whole && first < rowsFrom) {
    const { months, drifts } = await droppedMonthDrifts(database)
    await note('rollups', { from: first, to: rowsFrom }, months, drifts)
  }
  for (const range of pieces(rowsFrom, to, whole ? dayMs : hourMs)) {
    await note('rollups', range, 1, await rollupDrifts(database, range))
  }
  for (const range of pieces(first, to, dayMs)) {
    await note('summaries', range, 1, await summaryDrifts(database, range))
  }
  // Budgets of a month that is running began up to a month ago.
  const started = whole ? new Date(first.getTime() - monthMs) : new Date(to.getTime() - monthMs)
  for (const range of pieces(started, to, whole ? monthMs : to.getTime() - started.getTime())) {
    const { windows, drifts } = await budgetDrifts(database, range)
    await note('budget', range, windows, drifts)
  }
  return audit
}

/** One line a drift, or one that says that there is none. */
export function describeAudit({ from, to, windows, drifts }: Audit): string[] {
  const checked = `${windows} windows from ${from} to ${to}`
  if (drifts.length === 0) return [`The ledger adds up: ${checked} compared, no difference.`]
  return [
    `The ledger does not add up: ${drifts.length} differences in ${checked}.`,
    ...drifts.map((drift) => {
      const differing = Object.keys({ ...drift.expected, ...drift.found }).filter(
        (name) => drift.expected[name] !== drift.found[name],
      )
      const parts = differing.map(
        (name) =>
          `${name} ${amount(name, drift.found[name])} instead of ${amount(name, drift.expected[name])}`,
      )
      const what = drift.subject ? `${drift.record} (${drift.subject})` : drift.record
      return `  ${drift.from} to ${drift.to}, ${what}: ${parts.join(', ') || 'other dimensions than the rows have'}`
    }),
  ]
}

function amount(name: string, value: string | undefined): string {
  return name === 'cost_nanos' ? `$${nanosToDecimal(BigInt(value ?? 0))}` : (value ?? '0')
}

function startOfDay(time: Date): Date {
  return new Date(Math.floor(time.getTime() / dayMs) * dayMs)
}

function pieces(from: Date, to: Date, ms: number): Range[] {
  const count = Math.max(0, Math.ceil((to.getTime() - from.getTime()) / ms))
  const start = (index: number) => new Date(Math.min(from.getTime() + index * ms, to.getTime()))
  return Array.from({ length: count }, (_, index) => ({ from: start(index), to: start(index + 1) }))
}
