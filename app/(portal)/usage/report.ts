import { type Step, stepTimes } from '@/components/charts/prepare'
import type { Sort } from '@/components/data-table/query'
import type { Database } from '@/lib/data/database'
import { listUnpriced, type UnpricedModel } from '@/lib/data/requests'
import { readUsageTogether, type UsageQuestion, type UsageSums } from '@/lib/data/usage'
import { noUsage, usageTotals } from '@/lib/data/usage-totals'
import type { UsageTotals } from '@/lib/schemas/usage'
import { stepOf } from './period'
import { amountOf, pickShown, toPoints, type UsageSeries } from './series'
import type { Measure, SortColumn, UsageView } from './view'

export type UsageReport = {
  totals: UsageTotals
  /** In the order that the view asks for. */
  groups: UsageSums[]
  series: UsageSeries
  step: Step
  unpriced: UnpricedModel[]
}

/** Table, totals and chart of a view, read from one snapshot of the database. */
export async function readReport(
  database: Database,
  view: UsageView,
  ownerEmail: string | null,
): Promise<UsageReport> {
  const { range, timeZone } = view.period
  const step = stepOf(range)
  const question: UsageQuestion = {
    range,
    timeZone,
    groups: view.and ? [view.by, view.and] : [view.by],
    filters: view.filters,
    probes: false,
    ownerEmail,
  }
  const [{ table, shown, overTime }, unpriced] = await Promise.all([
    readUsageTogether(database, (read) => readTableAndChart(read, question, step, view.measure)),
    listUnpriced(database, { ...range, ...view.filters, ownerEmail }),
  ])
  const total = table.find((row) => row.total)
  const groups = table.filter((row) => !row.total)
  return {
    totals: total ? usageTotals(total) : noUsage,
    groups: sortGroups(groups, view.sort),
    series: { ...shown, points: toPoints(shown, overTime, stepTimes(range, step, timeZone), view.measure) },
    step,
    unpriced,
  }
}

/** Over time only what the chart shows: all groups of each day can be tens of thousands. */
async function readTableAndChart(
  read: (question: UsageQuestion) => Promise<UsageSums[]>,
  question: UsageQuestion,
  step: Step,
  measure: Measure,
) {
  const table = await read(question)
  const shown = pickShown(
    table.filter((row) => !row.total),
    measure,
  )
  const percentiles = measure === 'p95'
  const only = shown.total > shown.shown.length ? shown.shown.map(({ values }) => values) : undefined
  const [timed, overall] = await Promise.all([
    read({ ...question, groups: [...question.groups, step], only, percentiles }),
    shown.hasOther ? read({ ...question, groups: [step], percentiles }) : [],
  ])
  const groupsOf = (rows: UsageSums[]) => rows.filter((row) => !row.total)
  return { table, shown, overTime: { timed: groupsOf(timed), overall: groupsOf(overall) } }
}

const sortValues: Record<SortColumn, (row: UsageSums) => string | bigint | number | null> = {
  name: ({ names, values }) => values.map((value, index) => names[index] ?? value ?? '').join('\n'),
  requests: amountOf.requests,
  errors: amountOf.errors,
  refused: (row) => BigInt(row.refused),
  tokens: amountOf.tokens,
  cost: amountOf.cost,
  p95: (row) => row.p95_ms,
  ttft: (row) => row.ttft_p50_ms,
}

/** What is not known comes last in both directions. */
function sortGroups(groups: UsageSums[], { column, descending }: Sort<SortColumn>): UsageSums[] {
  const value = sortValues[column]
  return groups.toSorted((a, b) => {
    const [one, other] = [value(a), value(b)]
    if (one === null || other === null) return Number(one === null) - Number(other === null)
    if (one === other) return 0
    return one < other === descending ? 1 : -1
  })
}
