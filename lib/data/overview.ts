/** What the overview shows. */
import type { Fragment, Sql } from 'postgres'
import { startOf } from '@/lib/time-zone'
import type { Database } from './database'
import type { Dimension } from './summaries'
import { findUsageParts, partsQuery, type UsageParts } from './usage-parts'
import { bucketEnd, type Range } from './usage-range'

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
  const parts = await findParts(sql, question, [], step)
  const time =
    step === 'day'
      ? sql`to_char(time at time zone ${timeZone}, 'YYYY-MM-DD')`
      : sql`to_char(date_trunc('hour', time, ${timeZone}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
  // By moment first: there are few moments, and zones take time.
  return await sql<CallPoint[]>`
    select ${time} as time, ${sql.unsafe(sums)}
    from (
      select time, sum(requests) as requests, sum(errors) as errors, sum(refused) as refused, sum(cost_nanos) as cost_nanos
      from (${calls(sql, question, parts)}) calls group by time
    ) moments
    group by 1 order by 1`
}

/** All calls of a range; zeros when there were none. */
export async function readCallSums(
  { sql }: Database,
  question: Omit<CallQuestion, 'step'>,
): Promise<CallSums> {
  const parts = await findParts(sql, question, [])
  const [row] = await sql<CallSums[]>`
    select coalesce(sum(requests), 0)::int as requests, coalesce(sum(errors), 0)::int as errors,
      coalesce(sum(refused), 0)::int as refused, coalesce(sum(cost_nanos), 0)::text as cost_nanos
    from (${calls(sql, question, parts)}) calls`
  return row ?? { requests: 0, errors: 0, refused: 0, cost_nanos: '0' }
}

/** Most frequent first. */
export async function readErrorCounts({ sql }: Database, question: CallQuestion): Promise<ErrorCount[]> {
  const parts = await findParts(sql, question, [])
  return await sql<ErrorCount[]>`
    select error_class as class, sum(errors)::int as errors from (${calls(sql, question, parts)}) calls
    where errors > 0 and error_class is not null group by 1 order by 2 desc, 1`
}

/** The apps, or the models, with the most calls. */
export async function readBusiest(
  { sql }: Database,
  by: 'app' | 'model',
  question: CallQuestion,
): Promise<CallGroup[]> {
  const parts = await findParts(sql, question, [by === 'app' ? 'app_id' : 'model'])
  const found =
    by === 'app'
      ? sql`select app_id::text as id, max(a.name) as name, ${sql.unsafe(sums)}
          from (${calls(sql, question, parts)}) calls join apps a on a.id = app_id group by app_id`
      : sql`select model as id, model as name, ${sql.unsafe(sums)} from (${calls(sql, question, parts)}) calls group by model`
  return await sql<CallGroup[]>`
    select * from (${found}) groups where requests + refused > 0 order by requests desc, name limit ${mostGroups}`
}

/** In days and months of the organisation's time zone. */
export async function readSpend(
  database: Database,
  { now, timeZone, ownerEmail }: { now: Date; timeZone: string; ownerEmail: string | null },
): Promise<Spend> {
  const spent = (range: Range) => readCost(database, { range, timeZone, ownerEmail })
  const dayAgo = new Date(now.getTime() - dayMs)
  const [today, yesterday, month] = await Promise.all([
    spent({ from: startOf('day', now, timeZone), to: bucketEnd(now) }),
    spent({ from: startOf('day', dayAgo, timeZone), to: dayAgo }),
    spent({ from: startOf('month', now, timeZone), to: bucketEnd(now) }),
  ])
  return {
    today_nanos: today.nanos,
    today_estimated_nanos: today.estimated_nanos,
    yesterday_nanos: yesterday.nanos,
    month_nanos: month.nanos,
    month_estimated_nanos: month.estimated_nanos,
  }
}

async function readCost({ sql }: Database, question: Omit<CallQuestion, 'step'>) {
  const parts = await findParts(sql, question, [])
  const [row] = await sql<{ nanos: string; estimated_nanos: string }[]>`
    select coalesce(sum(cost_nanos), 0)::text as nanos, coalesce(sum(estimated_cost_nanos), 0)::text as estimated_nanos
    from (${calls(sql, question, parts)}) calls`
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

/** Where the sums are; `step` where they are told apart by time. */
async function findParts(
  sql: Sql,
  { range, timeZone, ownerEmail }: Omit<CallQuestion, 'step'>,
  uses: Dimension[],
  step: CallQuestion['step'] | null = null,
): Promise<UsageParts> {
  return findUsageParts(sql, {
    range,
    uses: ownerEmail === null ? uses : [...uses, 'app_id'],
    step,
    timeZone,
  })
}

function calls(sql: Sql, { ownerEmail }: Pick<CallQuestion, 'ownerEmail'>, parts: UsageParts): Fragment {
  const owned =
    ownerEmail === null
      ? sql``
      : sql`and app_id in (select id from apps where lower(owner_email) = lower(${ownerEmail}))`
  return sql`select * from (${partsQuery(sql, parts)}) parts where kind = 'call' ${owned}`
}
