import { z } from 'zod'
import { choice, sortBy, text, texts } from '@/components/data-table/parameters'
import type { SearchParams, Sort } from '@/components/data-table/query'
import type { RequestPosition } from '@/lib/data/requests'
import { type UsageDimension, usageDimensions } from '@/lib/schemas/usage-dimensions'
import { type Period, parsePeriod } from './period'

export const measures = ['cost', 'requests', 'tokens', 'errors', 'p95'] as const
export type Measure = (typeof measures)[number]
export const sortColumns = ['name', 'requests', 'errors', 'refused', 'tokens', 'cost', 'p95', 'ttft'] as const
export type SortColumn = (typeof sortColumns)[number]
export const outcomes = ['ok', 'error', 'refused', 'client_closed', 'interrupted'] as const
export type Outcome = (typeof outcomes)[number]

export type Filters = Partial<Record<UsageDimension, string[]>>
/** What the usage page and the list of requests share, so that links between them keep it. */
export type Selection = { period: Period; filters: Filters }
export type UsageView = Selection & {
  by: UsageDimension
  and: UsageDimension | null
  measure: Measure
  sort: Sort<SortColumn>
}
export type RequestView = Selection & {
  outcome: Outcome | null
  /** Look-ups by id are about all times. */
  requestId: string | null
  after: RequestPosition | null
}

const first = (value: unknown) => [value].flat()[0]
const usageForm = z.object({
  by: choice(usageDimensions, 'app'),
  and: z.preprocess(first, z.enum(usageDimensions)).nullable().catch(null),
  measure: choice(measures, 'cost'),
})
const requestForm = z.object({
  outcome: z.preprocess(first, z.enum(outcomes)).nullable().catch(null),
  request_id: text,
  cursor: z
    .preprocess(first, z.templateLiteral([z.iso.datetime(), '_', z.uuid()]))
    .transform((cursor): RequestPosition => {
      const [ts = '', id = ''] = cursor.split('_')
      return { ts, id }
    })
    .nullable()
    .catch(null),
})

export function parseUsageView(search: SearchParams, now: Date, timeZone: string): UsageView {
  const { by, and, measure } = usageForm.parse(search)
  const sort = sortBy(sortColumns, { column: measure, descending: true }).parse(search.sort)
  return { ...parseSelection(search, now, timeZone), by, and: and === by ? null : and, measure, sort }
}

export function parseRequestView(search: SearchParams, now: Date, timeZone: string): RequestView {
  const { request_id: requestId = null, cursor: after, outcome } = requestForm.parse(search)
  return { ...parseSelection(search, now, timeZone), outcome, requestId, after }
}

function parseSelection(search: SearchParams, now: Date, timeZone: string): Selection {
  const filters: Filters = {}
  for (const name of usageDimensions) {
    const wanted = [...new Set(texts.parse(search[name]))]
    if (wanted.length > 0) filters[name] = wanted
  }
  return { period: parsePeriod(search, now, timeZone), filters }
}

/** The `cursor` that `parseRequestView` reads. */
export function cursorText({ ts, id }: RequestPosition): string {
  return `${ts}_${id}`
}

/** What a link to another page of usage leaves behind. */
export const notShared = { by: null, and: null, measure: null, sort: null }

/** Only one group: its value becomes a filter, and what is left of it is grouped by something else. */
export function drillDown({ by, and }: UsageView, dimension: UsageDimension, value: string) {
  const other = dimension === by ? and : by
  return { [dimension]: value, by: other ?? (dimension === 'model' ? 'app' : 'model'), and: null, sort: null }
}

/** The admin API's query for the same rows; the end is fixed, so that a download has what the page shows. */
export function adminQuery(
  { period, filters }: Selection,
  more: Record<string, string | number | null> = {},
): string {
  const query = new URLSearchParams({
    from: period.range.from.toISOString(),
    to: period.range.to.toISOString(),
  })
  const pairs = [
    ...Object.entries(filters).flatMap(([name, all]) => all.map((value) => [name, value] as const)),
  ]
  for (const [name, value] of [...pairs, ...Object.entries(more)]) {
    if (value !== null) query.append(name, String(value))
  }
  return query.toString()
}
