/** What the overview shows: sums of whole 15-minute buckets, and of single rows for the edges of a range. */
import type { Fragment, Sql } from 'postgres'
import { startOf } from '@/lib/time-zone'
import type { Database } from './database'
import { type Range, splitRange } from './usage-range'

export type CallSums = { requests: number; errors: number; refused: number; cost_nanos: string }
/** `time` is the start of an hour, or `YYYY-MM-DD` for a day of the organisation. */
export type CallPoint = CallSums & { time: string }
export type CallGroup = CallSums & { id: string; name: string }
export type ErrorCount = { class: string; errors: number }
export type Spend = {
  today_nanos: string
  today_estimated_nanos: string
  /** Until the same time of the day. */
  yesterday_nanos: string
  month_nanos: string
  month_estimated_nanos: string
}
export type Progress = { key: boolean; app: boolean; app_key: boolean; call: boolean }
export type OverallBudget = { period: 'day' | 'month'; limit_nanos: string }

export type CallQuestion = {
  range: Range
  step: 'hour' | 'day'
  timeZone: string
  /** Only calls of the apps that this address owns; null for all. */
  ownerEmail: string | null
}

const mostGroups = 5
const dayMs = 86_400_000
const sums = `sum(requests)::int as requests, sum(errors)::int as errors, sum(refused)::int as refused,
  sum(cost_nanos)::text as cost_nanos`

export async function readCallPoints({ sql }: Database, question: CallQuestion): Promise<CallPoint[]> {
  const { step, timeZone } = question
  const time =
    step === 'day'
      ? sql`to_char(time at time zone ${timeZone}, 'YYYY-MM-DD')`
      : sql`to_char(date_trunc('hour', time, ${timeZone}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
  // By moment first: there are few moments, and zones take time.
  return await sql<CallPoint[]>`
    select ${time} as time, ${sql.unsafe(sums)}
    from (
      select time, sum(requests) as requests, sum(errors) as errors, sum(refused) as refused, sum(cost_nanos) as cost_nanos
      from (${calls(sql, question)}) calls group by time
    ) moments
    group by 1 order by 1`
}

/** All calls of a range; zeros when there were none. */
export async function readCallSums(
  { sql }: Database,
  question: Omit<CallQuestion, 'step'>,
): Promise<CallSums> {
  const [row] = await sql<CallSums[]>`
    select coalesce(sum(requests), 0)::int as requests, coalesce(sum(errors), 0)::int as errors,
      coalesce(sum(refused), 0)::int as refused, coalesce(sum(cost_nanos), 0)::text as cost_nanos
    from (${calls(sql, question)}) calls`
  return row ?? { requests: 0, errors: 0, refused: 0, cost_nanos: '0' }
}

/** Most frequent first. */
export async function readErrorCounts({ sql }: Database, question: CallQuestion): Promise<ErrorCount[]> {
  return await sql<ErrorCount[]>`
    select error_class as class, sum(errors)::int as errors from (${calls(sql, question)}) calls
    where errors > 0 and error_class is not null group by 1 order by 2 desc, 1`
}

/** The apps, or the models, with the most calls. */
export async function readBusiest(
  { sql }: Database,
  by: 'app' | 'model',
  question: CallQuestion,
): Promise<CallGroup[]> {
  const found =
    by === 'app'
      ? sql`select app_id::text as id, max(a.name) as name, ${sql.unsafe(sums)}
          from (${calls(sql, question)}) calls join apps a on a.id = app_id group by app_id`
      : sql`select model as id, model as name, ${sql.unsafe(sums)} from (${calls(sql, question)}) calls group by model`
  return await sql<CallGroup[]>`
    select * from (${found}) groups where requests + refused > 0 order by requests desc, name limit ${mostGroups}`
}

/** Days and months of the organisation's time zone; its offsets are whole quarters of an hour, like the buckets. */
export async function readSpend(
  { sql }: Database,
  { now, timeZone, ownerEmail }: { now: Date; timeZone: string; ownerEmail: string | null },
): Promise<Spend> {
  const dayAgo = new Date(now.getTime() - dayMs)
  const day = startOf('day', now, timeZone)
  const month = startOf('month', now, timeZone)
  const yesterday = startOf('day', dayAgo, timeZone)
  const at = (instant: Date) => sql`${instant.toISOString()}::timestamptz`
  const first = new Date(Math.min(yesterday.getTime(), month.getTime()))
  const [row] = await sql<Spend[]>`
    select coalesce(sum(cost_nanos) filter (where bucket >= ${at(day)}), 0)::text as today_nanos,
      coalesce(sum(estimated_cost_nanos) filter (where bucket >= ${at(day)}), 0)::text as today_estimated_nanos,
      coalesce(sum(cost_nanos) filter (where bucket >= ${at(yesterday)} and bucket < ${at(dayAgo)}), 0)::text
        as yesterday_nanos,
      coalesce(sum(cost_nanos) filter (where bucket >= ${at(month)}), 0)::text as month_nanos,
      coalesce(sum(estimated_cost_nanos) filter (where bucket >= ${at(month)}), 0)::text as month_estimated_nanos
    from rollups
    where bucket >= ${at(first)} and kind = 'call' ${owned(sql, ownerEmail)}`
  if (!row) throw new Error('PostgreSQL answered nothing')
  return row
}

/** The budgets that hold for everything. */
export async function readOverallBudgets({ sql }: Database): Promise<OverallBudget[]> {
  return await sql<OverallBudget[]>`
    select period, limit_nanos::text as limit_nanos from budgets where scope = 'global' and archived_at is null`
}

/** Which of the first steps are done. */
export async function readProgress({ sql }: Database): Promise<Progress> {
  const [row] = await sql<Progress[]>`
    select exists (select from keys where archived_at is null) as key,
      exists (select from apps where archived_at is null) as app,
      exists (select from app_keys join apps a on a.id = app_id where a.archived_at is null) as app_key,
      exists (select from requests where kind = 'call') as call`
  if (!row) throw new Error('PostgreSQL answered nothing')
  return row
}

function calls(sql: Sql, { range, ownerEmail }: Omit<CallQuestion, 'step'>): Fragment {
  const { buckets, edges } = splitRange(range)
  const own = owned(sql, ownerEmail)
  const single = edges.map(
    (edge) => sql`
      select ts as time, app_id, model, error_class, case when outcome = 'refused' then 0 else 1 end as requests,
        case when outcome in ('error', 'interrupted') then 1 else 0 end as errors,
        case when outcome = 'refused' then 1 else 0 end as refused, cost_nanos
      from requests
      where ts >= ${edge.from.toISOString()}::timestamptz and ts < ${edge.to.toISOString()}::timestamptz
        and kind = 'call' ${own}`,
  )
  const rolled = buckets
    ? [
        sql`
      select bucket as time, app_id, model, error_class, requests, errors, refused, cost_nanos from rollups
      where bucket >= ${buckets.from.toISOString()}::timestamptz and bucket < ${buckets.to.toISOString()}::timestamptz
        and kind = 'call' ${own}`,
      ]
    : []
  return [...rolled, ...single].reduce((all, part) => sql`${all} union all ${part}`)
}

function owned(sql: Sql, ownerEmail: string | null): Fragment {
  if (ownerEmail === null) return sql``
  return sql`and app_id in (select id from apps where lower(owner_email) = lower(${ownerEmail}))`
}
