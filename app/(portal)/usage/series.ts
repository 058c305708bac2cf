import type { Point } from '@/components/charts/prepare'
import { otherId } from '@/components/charts/prepare'
import type { UsageSums } from '@/lib/data/usage'
import { nanosToUsd } from '@/lib/format'
import type { Measure } from './view'

/** Colours that can be told apart end about here. */
const mostSeries = 8

export type UsageSeries = {
  /** The groups that are shown, the largest first. */
  shown: UsageSums[]
  /** How many groups there are in all. */
  total: number
  hasOther: boolean
  /** Their values, by the position of the group or `otherId`. */
  points: Point[]
}

/**
 * A table's groups over time: the largest by the measure, and all others as one. `timed` are the same groups, split by
 * time as the last of their values. Percentiles cannot be added up, so they have no "other".
 */
export function toSeries(
  groups: UsageSums[],
  timed: UsageSums[],
  times: string[],
  measure: Measure,
): UsageSeries {
  const size = measure === 'p95' ? amountOf.requests : amountOf[measure]
  const counted = groups.filter((group) => size(group) > 0n)
  const shown = counted.toSorted((a, b) => Number(size(b) - size(a))).slice(0, mostSeries)
  const hasOther = measure !== 'p95' && counted.length > shown.length
  const ids = [...shown.map((_, index) => String(index)), ...(hasOther ? [otherId] : [])]
  const idOf = new Map(shown.map(({ values }, index) => [JSON.stringify(values), String(index)]))
  const cells = new Map<string, UsageSums[]>()
  for (const row of timed) {
    const id = idOf.get(JSON.stringify(row.values.slice(0, -1))) ?? otherId
    const cell = `${row.values.at(-1)} ${id}`
    cells.set(cell, [...(cells.get(cell) ?? []), row])
  }
  const points = times.map((time) => ({
    time,
    values: Object.fromEntries(ids.map((id) => [id, amount(cells.get(`${time} ${id}`) ?? [], measure)])),
  }))
  return { shown, total: counted.length, hasOther, points }
}

/** Whole numbers: nano-dollars, calls or tokens. */
export const amountOf: Record<Exclude<Measure, 'p95'>, (row: UsageSums) => bigint> = {
  cost: (row) => BigInt(row.cost_nanos),
  requests: (row) => BigInt(row.requests),
  tokens: (row) => BigInt(row.input_tokens) + BigInt(row.output_tokens),
  errors: (row) => BigInt(row.errors),
}

function amount(rows: UsageSums[], measure: Measure): number | null {
  if (measure === 'p95') return rows[0]?.p95_ms ?? null
  const sum = rows.reduce((all, row) => all + amountOf[measure](row), 0n)
  return measure === 'cost' ? nanosToUsd(sum) : Number(sum)
}
