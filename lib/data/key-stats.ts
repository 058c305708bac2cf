/** What keys did, for all of them at once: sums, and single facts from the rows that the sums point to. */
import type { Fragment, Sql } from 'postgres'
import { isId } from '@/lib/id'
import { startOf } from '@/lib/time-zone'
import type { Database } from './database'
import { findUsageParts, type PartsQuestion, partsQuery } from './usage-parts'
import { bucketEnd, type Range } from './usage-range'

export type KeyError = { at: string; class: string; status: number | null; text: string | null }
export type KeyActivity = {
  key_id: string
  /** In the range: calls that this key ended, well or badly. */
  requests: number
  errors: number
  average_ms: number | null
  /** Since the organisation's month began. */
  month_cost_nanos: string
  last_used_at: string | null
  /** Of a call that ended with this key; attempts that another key made good are in its health. */
  last_error: KeyError | null
}

/** How far back a last error is looked for. */
const errorDays = 31
/** Attempts that another key made good leave no mark in the rollups: they are looked for in this many latest calls. */
const recentCalls = 5000

/** Of a day when clocks are put back. */
const longestPart = `interval '25 hours'`

const iso = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`

/** Every live key, by id. */
export async function readKeyActivity(
  { sql }: Database,
  range: Range,
  timeZone: string,
): Promise<Map<string, KeyActivity>> {
  const monthStart = startOf('month', range.to, timeZone)
  const marksFrom = new Date(Math.min(monthStart.getTime(), range.to.getTime() - errorDays * 86_400_000))
  const ofKeys = { uses: ['key_id'], timeZone } satisfies Partial<PartsQuestion>
  const inRange = await findUsageParts(sql, { ...ofKeys, range, step: null })
  const byDay = await findUsageParts(sql, {
    ...ofKeys,
    range: { from: marksFrom, to: range.to },
    step: 'day',
  })
  const rows = await sql<KeyActivity[]>`
    with sums as (
      select key_id, sum(requests) as requests, sum(errors) as errors, sum(latency_sum_ms) as latency_sum_ms
      from (${partsQuery(sql, inRange)}) parts
      where kind = 'call' and key_id is not null
      group by key_id
    ),
    marks as (
      select key_id, sum(cost_nanos) filter (where time >= ${monthStart.toISOString()}::timestamptz) as cost_nanos,
        max(time) filter (where kind = 'call' and errors > 0 and error_class is not null) as failed
      from (${partsQuery(sql, byDay)}) parts
      where key_id is not null
      group by key_id
    )
    select k.id as key_id, coalesce(s.requests, 0)::int as requests, coalesce(s.errors, 0)::int as errors,
      round(s.latency_sum_ms / nullif(s.requests, 0))::int as average_ms,
      coalesce(m.cost_nanos, 0)::text as month_cost_nanos,
      to_char(used.ts, ${sql.unsafe(iso)}) as last_used_at, failed.error as last_error
    from keys k
    left join sums s on s.key_id = k.id
    left join marks m on m.key_id = k.id
    left join lateral (
      select ts from requests where key_id = k.id and kind = 'call' and outcome <> 'refused'
      order by ts desc limit 1
    ) used on true
    left join lateral (
      select ${lastAttempt(sql)} as error from requests
      where key_id = k.id and kind = 'call' and error_class is not null
        and ts >= m.failed and ts < m.failed + ${sql.unsafe(longestPart)}
      order by ts desc limit 1
    ) failed on true
    where k.archived_at is null`
  return new Map(rows.map((row) => [row.key_id, row]))
}

/** Attempts of the latest calls that failed although the call did not end with them. */
function rescuedAttempts(sql: Sql): Fragment {
  return sql`
    select (attempt ->> 'key_id')::uuid as key_id, ts, ${errorOf(sql, sql`attempt`)} as error
    from (
      select ts, attempts from requests where kind = 'call' and ts > now() - interval '1 day'
      order by ts desc limit ${recentCalls}
    ) recent, jsonb_array_elements(attempts - -1) attempt
    where jsonb_array_length(attempts) > 1 and attempt ->> 'class' is not null and attempt ->> 'key_id' is not null`
}

function lastAttempt(sql: Sql): Fragment {
  return errorOf(
    sql,
    sql`coalesce(attempts -> -1, jsonb_build_object('class', error_class, 'status', status))`,
  )
}

function errorOf(sql: Sql, attempt: Fragment): Fragment {
  return sql`jsonb_build_object('at', to_char(ts, ${sql.unsafe(iso)}), 'class', ${attempt} ->> 'class',
    'status', ${attempt} -> 'status', 'text', ${attempt} ->> 'error')`
}

export type KeyErrorCount = KeyError & {
  /** Calls that this key ended with this class of error. */
  calls: number
  /** Of the latest calls: attempts that failed with this class before another key answered. */
  rescued: number
}

/** A key's errors since `from` by class, most frequent first, each with its newest example. */
export async function readKeyErrors({ sql }: Database, keyId: string, from: Date): Promise<KeyErrorCount[]> {
  if (!isId(keyId)) return []
  const range = { from, to: bucketEnd(new Date()) }
  const parts = await findUsageParts(sql, { range, uses: ['key_id'], step: 'day', timeZone: 'UTC' })
  return await sql<KeyErrorCount[]>`
    with ended as (
      select error_class as class, sum(errors)::int as calls, max(time) as newest from (${partsQuery(sql, parts)}) parts
      where key_id = ${keyId} and kind = 'call' and errors > 0 and error_class is not null
      group by error_class
    ),
    mine as (select ts, error from (${rescuedAttempts(sql)}) rescued where key_id = ${keyId}),
    rescued as (
      select distinct on (class) error ->> 'class' as class, ts, error, count(*) over (partition by error ->> 'class') as count
      from mine where ts >= ${from.toISOString()}::timestamptz
      order by class, ts desc
    ),
    found as (
      select class, coalesce(e.calls, 0) as calls, coalesce(r.count, 0)::int as rescued,
        case when r.ts > coalesce(newest.ts, '-infinity') then r.error else newest.error end as error
      from ended e full join rescued r using (class)
      left join lateral (
        select ts, ${lastAttempt(sql)} as error from requests
        where key_id = ${keyId} and kind = 'call' and error_class = class
          and ts >= e.newest and ts < e.newest + ${sql.unsafe(longestPart)}
        order by ts desc limit 1
      ) newest on true
    )
    select class, calls, rescued, error ->> 'at' as at, (error ->> 'status')::int as status, error ->> 'text' as text
    from found order by calls + rescued desc, class`
}

export type KeySeriesPoint = {
  key_id: string
  /** When the bucket begins; for days `YYYY-MM-DD`. */
  at: string
  requests: number
  latency_sum_ms: number
}
export type KeySeriesQuestion = {
  range: Range
  /** Width of a bucket in seconds, or days of the time zone. */
  bucket: number | 'day'
  timeZone: string
}

/** Calls of some keys in buckets; empty buckets are left out. Those shorter than 15 minutes come from the rows. */
export async function readKeySeries(
  { sql }: Database,
  keyIds: string[],
  { range, bucket, timeZone }: KeySeriesQuestion,
): Promise<KeySeriesPoint[]> {
  const ids = keyIds.filter(isId)
  if (ids.length === 0) return []
  const at =
    bucket === 'day'
      ? sql`to_char(time at time zone ${timeZone}, 'YYYY-MM-DD')`
      : sql`to_char(date_bin(make_interval(secs => ${bucket}), time, 'epoch'), ${sql.unsafe(iso)})`
  const source = await seriesSource(sql, { range, bucket, timeZone })
  return await sql<KeySeriesPoint[]>`
    select key_id, ${at} as at, sum(requests)::int as requests, sum(latency_sum_ms)::float8 as latency_sum_ms
    from (${source()}) parts
    where key_id = any(${ids}::uuid[]) and kind = 'call' and requests > 0
    group by 1, 2 order by 2, 1`
}

/** As a function: a query that is awaited runs. */
async function seriesSource(
  sql: Sql,
  { range, bucket, timeZone }: KeySeriesQuestion,
): Promise<() => Fragment> {
  const [from, to] = [range.from.toISOString(), range.to.toISOString()]
  if (bucket === 'day') {
    const parts = await findUsageParts(sql, { range, uses: ['key_id'], step: 'day', timeZone })
    return () => partsQuery(sql, parts)
  }
  if (bucket >= 900) {
    return () => sql`
      select key_id, kind, bucket as time, requests, latency_sum_ms from rollups
      where bucket >= ${from}::timestamptz and bucket < ${to}::timestamptz`
  }
  return () => sql`
    select key_id, kind, ts as time, (outcome <> 'refused')::int as requests, latency_ms as latency_sum_ms
    from requests where ts >= ${from}::timestamptz and ts < ${to}::timestamptz`
}
