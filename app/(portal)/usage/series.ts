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

/** The largest groups of a table by the measure. Percentiles cannot be added up, so they have no "other". */
export function pickShown(groups: UsageSums[], measure: Measure): Omit<UsageSeries, 'points'> {
  const size = measure === 'p95' ? amountOf.requests : amountOf[measure]
  const counted = groups.filter((group) => size(group) > 0n)
  const shown = counted.toSorted((a, b) => Number(size(b) - size(a))).slice(0, mostSeries)
  return { shown, total: counted.length, hasOther: measure !== 'p95' && counted.length > shown.length }
}

/** `timed` are the shown groups split by time as the last of their values, `overall` is everything by time. */
export function toPoints(
  { shown, hasOther }: Omit<UsageSeries, 'points'>,
  { timed, overall }: { timed: UsageSums[]; overall: UsageSums[] },
  times: string[],
  measure: Measure,
): Point[] {
  const ids = new Map(shown.map(({ values }, index) => [JSON.stringify(values), String(index)]))
  const cells = new Map(
    timed.map((row) => [`${row.values.at(-1)} ${ids.get(JSON.stringify(row.values.slice(0, -1)))}`, row]),
  )
  const all = new Map(overall.map((row) => [row.values[0], row]))
  return times.map((time) => {
    const rows = shown.map((_, index) => cells.get(`${time} ${index}`))
    const values = Object.fromEntries(rows.map((row, index) => [String(index), shownValue(row, measure)]))
    if (measure === 'p95' || !hasOther) return { time, values }
    const other = rows.reduce((left, row) => left - amount(row, measure), amount(all.get(time), measure))
    return { time, values: { ...values, [otherId]: inUnit(other, measure) } }
  })
}

/** Whole numbers: nano-dollars, calls or tokens. */
export const amountOf: Record<Exclude<Measure, 'p95'>, (row: UsageSums) => bigint> = {
  cost: (row) => BigInt(row.cost_nanos),
  requests: (row) => BigInt(row.requests),
  tokens: (row) => BigInt(row.input_tokens) + BigInt(row.output_tokens),
  errors: (row) => BigInt(row.errors),
}

function shownValue(row: UsageSums | undefined, measure: Measure): number | null {
  return measure === 'p95' ? (row?.p95_ms ?? null) : inUnit(amount(row, measure), measure)
}

function amount(row: UsageSums | undefined, measure: keyof typeof amountOf): bigint {
  return row ? amountOf[measure](row) : 0n
}

function inUnit(amount: bigint, measure: keyof typeof amountOf): number {
  return measure === 'cost' ? nanosToUsd(amount) : Number(amount)
}
