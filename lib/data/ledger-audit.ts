/** Compares the records of calls with each other: single rows, rollups, summaries, and what budgets were charged. */
import type { ISql } from 'postgres'
import type { ledgerDrifts } from '@/drizzle/schema'
import type { Database } from './database'
import { totalColumns } from './retention'
import { dimensions, isTrue, viewsOfLevels } from './summaries'
import type { Range } from './usage-range'

type Row = typeof ledgerDrifts.$inferSelect
/** Where two records do not agree; times as ISO text. */
export type Drift = Pick<Row, 'record' | 'subject' | 'expected' | 'found'> & { from: string; to: string }

const asObject = (sums: string) =>
  `jsonb_build_object(${totalColumns.map((column) => `'${column}', (${sums}.${column})::text`)})`
const iso = (time: string) => `to_json(${time}) #>> '{}'`
const sumOf = (column: string) => `sum(${column}) as ${column}`
const perRow = `
  (outcome <> 'refused')::int as requests, (outcome in ('error', 'interrupted'))::int as errors,
  (outcome = 'refused')::int as refused, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens, cost_nanos`

/** When the first call that there is any record of was made, and since when single rows are there. */
export async function ledgerSpan({ sql }: Database): Promise<{ first: Date; rowsFrom: Date } | null> {
  const [row] = await sql<{ first: string | null; rows_from: string }[]>`
    select to_json(min(first)) #>> '{}' as first, to_json(coalesce(
      (select max(month) + interval '1 month' from month_totals), '-infinity')) #>> '{}' as rows_from
    from (select min(bucket) as first from rollups union all select min(ts) from requests) records`
  if (!row?.first) return null
  const first = new Date(row.first)
  return { first, rowsFrom: row.rows_from === '-infinity' ? first : new Date(row.rows_from) }
}

/**
 * Buckets of a range whose rollups are not what their rows add up to, in any combination of dimensions. Both are read in
 * one statement, and folding writes both in one: what is being written cannot look like a drift.
 */
export async function rollupDrifts({ sql }: Database, range: Range): Promise<Drift[]> {
  return await sql.unsafe<Drift[]>(rollupStatement, boundsOf(range))
}

const rollupStatement = `
with rows as (
  select bucket, ${dimensions}, ${totalColumns.map(sumOf)}
  from (
    select date_bin('15 minutes', ts, 'epoch') as bucket, ${dimensions}, ${perRow} from requests
    where ts >= $1::timestamptz and ts < $2::timestamptz
  ) each group by bucket, ${dimensions}
),
kept as (
  select bucket, ${dimensions}, ${totalColumns} from rollups
  where bucket >= $1::timestamptz and bucket < $2::timestamptz
),
differing as (
  select distinct bucket from (
    select bucket, ${dimensions}, ${totalColumns} from rows
    union all
    select bucket, ${dimensions}, ${totalColumns.map((column) => `-${column}`)} from kept
  ) records
  group by bucket, ${dimensions}
  having ${totalColumns.map((column) => `sum(${column}) <> 0`).join(' or ')}
),
expected as (select bucket, ${totalColumns.map(sumOf)} from rows group by bucket),
found as (select bucket, ${totalColumns.map(sumOf)} from kept group by bucket)
select 'rollups' as record, '' as subject, ${iso('d.bucket')} as from, ${iso(`d.bucket + interval '15 minutes'`)} as to,
  ${asObject('e')} as expected, ${asObject('f')} as found
from differing d left join expected e using (bucket) left join found f using (bucket)
order by d.bucket`

/** Months whose rows were dropped, and whose totals with what came later are not what the rollups add up to. */
export async function droppedMonthDrifts({ sql }: Database): Promise<{ months: number; drifts: Drift[] }> {
  const months = await sql<{ month: string }[]>`
    select to_json(month) #>> '{}' as month from month_totals order by month`
  const drifts: Drift[] = []
  for (const { month } of months) drifts.push(...(await sql.unsafe<Drift[]>(monthStatement, [month])))
  return { months: months.length, drifts }
}

const monthStatement = `
with bounds as (select $1::timestamptz as month, $1::timestamptz + interval '1 month' as next),
expected as (
  select ${totalColumns.map(sumOf)} from (
    select ${totalColumns} from month_totals where month = $1::timestamptz
    union all
    select ${perRow} from requests, bounds where ts >= month and ts < next
  ) each
),
found as (
  select ${totalColumns.map((column) => `coalesce(sum(${column}), 0) as ${column}`)} from rollups, bounds
  where bucket >= month and bucket < next
)
select 'rollups' as record, '' as subject, ${iso('month')} as from, ${iso('next')} as to,
  ${asObject('e')} as expected, ${asObject('f')} as found
from bounds, expected e, found f
where (${totalColumns.map((column) => `e.${column}`)}) is distinct from (${totalColumns.map((column) => `f.${column}`)})`

/** Summaries that begin in the range, that pages may read, and that are not what their rollups add up to. */
export async function summaryDrifts({ sql }: Database, range: Range): Promise<Drift[]> {
  return await sql.unsafe<Drift[]>(summaryStatement, boundsOf(range))
}

const summaryStatement = `
with sealed as (
  select s.level, s.start, s.finish, ${totalColumns.map((column) => `coalesce(r.${column}, 0) as ${column}`)}
  from summary_seals s, lateral (
    select ${totalColumns.map(sumOf)} from rollups where bucket >= s.start and bucket < s.finish
  ) r
  where start >= $1::timestamptz and start < $2::timestamptz and ${isTrue}
),
expected as (
  select *
  from sealed join (values ${viewsOfLevels.map(([view, level]) => `('${view}', '${level}')`)}) as v(view, level) using (level)
),
found as (
  select level, start, view, ${totalColumns.map(sumOf)}
  from summaries where start >= $1::timestamptz and start < $2::timestamptz group by level, start, view
)
select 'summaries' as record, level || ' ' || view as subject, ${iso('start')} as from,
  ${iso('e.finish')} as to, ${asObject('e')} as expected, ${asObject('f')} as found
from expected e left join found f using (level, start, view)
where (${totalColumns.map((column) => `e.${column}`)})
  is distinct from (${totalColumns.map((column) => `coalesce(f.${column}, 0)`)})
order by start, subject`

/**
 * Windows of budgets that begin in the range and whose posted amount is not the sum of what calls were charged. A call
 * lies at most a day from the window that it was charged to.
 */
export async function budgetDrifts(
  { sql }: Database,
  range: Range,
): Promise<{ windows: number; drifts: Drift[] }> {
  const [answer] = await sql.unsafe<{ windows: number; drifts: Drift[] | null }[]>(
    budgetStatement,
    boundsOf(range),
  )
  return { windows: answer?.windows ?? 0, drifts: answer?.drifts ?? [] }
}

const budgetStatement = `
with windows as (
  select budget_id, window_start, window_end, posted_nanos from budget_windows
  where window_start >= $1::timestamptz and window_start < $2::timestamptz
),
charged as (
  select budget_id, window_start, sum(nanos) as nanos from (
    select c.budget_id, c.window_start, c.nanos
    from requests, jsonb_to_recordset(charges) as c(budget_id uuid, window_start timestamptz, nanos bigint)
    where charges is not null and ts >= (select min(window_start) - interval '1 day' from windows)
      and ts < (select max(window_end) + interval '1 day' from windows)
      and c.window_start >= $1::timestamptz and c.window_start < $2::timestamptz
    union all
    select budget_id, window_start, nanos from dropped_charges
    where window_start >= $1::timestamptz and window_start < $2::timestamptz
  ) each group by budget_id, window_start
),
drifts as (
  select budget_id, window_start, coalesce(w.window_end, window_start) as window_end, coalesce(c.nanos, 0)::text as expected,
    coalesce(w.posted_nanos, 0)::text as found
  from windows w full join charged c using (budget_id, window_start)
  where coalesce(c.nanos, 0) <> coalesce(w.posted_nanos, 0)
)
select (select count(*) from windows)::int as windows, (
  select jsonb_agg(jsonb_build_object('record', 'budget', 'subject', budget_id, 'from', window_start, 'to', window_end,
    'expected', jsonb_build_object('cost_nanos', expected), 'found', jsonb_build_object('cost_nanos', found))
    order by window_start, budget_id)
  from drifts
) as drifts`

/** Replaces what was known of a record's windows that begin in the range. */
export async function replaceDrifts(
  { sql }: Database,
  record: Drift['record'],
  range: Range,
  drifts: Drift[],
): Promise<void> {
  const [from, to] = boundsOf(range)
  const forget = (on: ISql) => on`
    delete from ledger_drifts
    where record = ${record} and window_start >= ${from}::timestamptz and window_start < ${to}::timestamptz`
  if (drifts.length === 0) {
    await forget(sql)
    return
  }
  const values = drifts.map(({ from: window_start, to: window_end, ...drift }) => ({
    ...drift,
    window_start,
    window_end,
  }))
  await sql.begin(async (tx) => {
    await forget(tx)
    await tx`
      insert into ledger_drifts (record, subject, window_start, window_end, expected, found, seen_at)
      select d.*, now() from jsonb_to_recordset(${JSON.stringify(values)}::text::jsonb)
        as d(record text, subject text, window_start timestamptz, window_end timestamptz, expected jsonb, found jsonb)`
  })
}

/** Every window known to drift, the oldest first. */
export async function listDrifts({ sql }: Database): Promise<(Drift & { seen_at: string })[]> {
  return await sql.unsafe<(Drift & { seen_at: string })[]>(
    `select record, subject, ${iso('window_start')} as from, ${iso('window_end')} as to, expected, found,
      ${iso('seen_at')} as seen_at
    from ledger_drifts order by window_start, record, subject`,
  )
}

function boundsOf({ from, to }: Range): [string, string] {
  return [from.toISOString(), to.toISOString()]
}
