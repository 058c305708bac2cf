/** What alert rules would have looked at in the past, beside what `alert-readings.ts` reads in slices. */
import type { BudgetScope } from './budget-list'
import type { Database } from './database'
import type { Range } from './usage-range'

/** Calls by hour of the range, the first hour first; for judging what it would cost to count them one by one. */
export async function readCallHours({ sql }: Database, { from, to }: Range): Promise<number[]> {
  const rows = await sql<{ hour: number; calls: number }[]>`
    select floor(extract(epoch from bucket - ${from.toISOString()}::timestamptz) / 3600)::int as hour,
      sum(requests)::float8 as calls
    from rollups where kind = 'call' and bucket >= ${from.toISOString()}::timestamptz
      and bucket < ${to.toISOString()}::timestamptz group by 1`
  const hours = Math.ceil((to.getTime() - from.getTime()) / 3_600_000)
  const found = new Map(rows.map(({ hour, calls }) => [hour, calls]))
  return Array.from({ length: hours }, (_, hour) => found.get(hour) ?? 0)
}

/** Times are milliseconds since the epoch. */
export type KeyUsed = { key_id: string; at: number }

/** For each key and hour of the range the quarter of an hour of its last call, and before the range its last call. */
export async function readKeyCalls(
  { sql }: Database,
  keyIds: string[],
  { from, to }: Range,
): Promise<KeyUsed[]> {
  return await sql<KeyUsed[]>`
    select key_id, (extract(epoch from max(bucket)) * 1000)::float8 as at from rollups
    where kind = 'call' and key_id = any(${keyIds}::uuid[]) and bucket >= ${from.toISOString()}::timestamptz
      and bucket < ${to.toISOString()}::timestamptz
    group by key_id, date_trunc('hour', bucket)
    union all
    select wanted.id, (extract(epoch from ts) * 1000)::float8
    from unnest(${keyIds}::uuid[]) as wanted(id), lateral (
      select ts from requests where key_id = wanted.id and kind = 'call' and ts < ${from.toISOString()}::timestamptz
      order by ts desc limit 1
    ) before
    order by 2`
}

export type BudgetSpan = {
  budget_id: string
  created_at: number
  window_start: number
  /** At the end of the window, or now where it still runs. */
  posted_nanos: string
}

/** The windows of live budgets that reach into the range. */
export async function readBudgetSpans({ sql }: Database, { from, to }: Range): Promise<BudgetSpan[]> {
  return await sql<BudgetSpan[]>`
    select w.budget_id, (extract(epoch from b.created_at) * 1000)::float8 as created_at,
      (extract(epoch from w.window_start) * 1000)::float8 as window_start, w.posted_nanos::text as posted_nanos
    from budget_windows w join budgets b on b.id = w.budget_id
    where b.archived_at is null and w.window_end > ${from.toISOString()}::timestamptz
      and w.window_start < ${to.toISOString()}::timestamptz`
}

export type ScopeCost = { scope: BudgetScope; id: string; slice: number; nanos: string }

/** What each of the scopes cost, quarter of an hour by quarter of an hour from the start of the range. */
export async function readScopeCosts(
  { sql }: Database,
  scopes: { scope: BudgetScope; id: string }[],
  { from, to }: Range,
): Promise<ScopeCost[]> {
  const start = sql`${from.toISOString()}::timestamptz`
  return await sql<ScopeCost[]>`
    select wanted.scope, wanted.id, floor(extract(epoch from bucket - ${start}) / 900)::int as slice,
      sum(cost_nanos)::text as nanos
    from rollups, lateral (values ('global', 'all'), ('tenant', tenant), ('project', project), ('feature', feature),
      ('app', app_id::text), ('pool', pool_id::text), ('key', key_id::text)) each(scope, id)
    join unnest(${scopes.map(({ scope }) => scope)}::text[], ${scopes.map(({ id }) => id)}::text[]) wanted(scope, id)
      using (scope, id)
    where bucket >= ${start} and bucket < ${to.toISOString()}::timestamptz
    group by 1, 2, 3 having sum(cost_nanos) > 0`
}
