/** What keys did, for all of them in one statement: sums from the rollups, single facts from the rows they point to. */
import type { Fragment, Sql } from 'postgres'
import { isId } from '@/lib/id'
import { startOf } from '@/lib/time-zone'
import type { Database } from './database'
import { type Range, splitRange } from './usage-range'

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

const iso = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`

/** Every live key, by id. */
export async function readKeyActivity(
  { sql }: Database,
  range: Range,
  timeZone: string,
): Promise<Map<string, KeyActivity>> {
  const monthStart = startOf('month', range.to, timeZone)
  const marksFrom = new Date(Math.min(monthStart.getTime(), range.to.getTime() - errorDays * 86_400_000))
  const rows = await sql<KeyActivity[]>`
    with sums as (${sumsOfKeys(sql, range)}),
    marks as (
      select key_id, sum(cost_nanos) filter (where bucket >= ${monthStart.toISOString()}::timestamptz) as cost_nanos,
        max(bucket) filter (where kind = 'call' and requests > 0) as used,
        max(bucket) filter (where kind = 'call' and errors > 0 and error_class is not null) as failed
      from rollups
      where bucket >= ${marksFrom.toISOString()}::timestamptz and key_id is not null
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
      select ts from requests
      where key_id = k.id and kind = 'call' and outcome <> 'refused' and ts >= coalesce(m.used, '-infinity')
      order by ts desc limit 1
    ) used on true
    left join lateral (
      select ${lastAttempt(sql)} as error from requests
      where key_id = k.id and kind = 'call' and error_class is not null
        and ts >= m.failed and ts < m.failed + interval '15 minutes'
      order by ts desc limit 1
    ) failed on true
    where k.archived_at is null`
  return new Map(rows.map((row) => [row.key_id, row]))
}

/** Calls, errors and time of each key in the range, exact to the row. */
function sumsOfKeys(sql: Sql, range: Range): Fragment {
  const { buckets, edges } = splitRange(range)
  const single = edges.map(
    (edge) => sql`
      select key_id, count(*) as requests, count(*) filter (where outcome in ('error', 'interrupted')) as errors,
        sum(latency_ms) as latency_sum_ms
      from requests
      where ts >= ${edge.from.toISOString()}::timestamptz and ts < ${edge.to.toISOString()}::timestamptz
        and kind = 'call' and outcome <> 'refused' and key_id is not null
      group by key_id`,
  )
  const rolled = buckets
    ? [
        sql`
      select key_id, requests, errors, latency_sum_ms from rollups
      where bucket >= ${buckets.from.toISOString()}::timestamptz and bucket < ${buckets.to.toISOString()}::timestamptz
        and kind = 'call' and key_id is not null`,
      ]
    : []
  const all = [...rolled, ...single].reduce((sum, part) => sql`${sum} union all ${part}`)
  return sql`
    select key_id, sum(requests) as requests, sum(errors) as errors, sum(latency_sum_ms) as latency_sum_ms
    from (${all}) parts group by key_id`
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
  return await sql<KeyErrorCount[]>`
    with ended as (
      select error_class as class, sum(errors)::int as calls, max(bucket) as bucket from rollups
      where bucket >= ${from.toISOString()}::timestamptz and key_id = ${keyId} and kind = 'call' and errors > 0
        and error_class is not null
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
          and ts >= e.bucket and ts < e.bucket + interval '15 minutes'
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

/**
 * Calls of some keys in buckets; empty buckets are left out. Days and buckets of at least 15 minutes come from the
 * rollups, shorter ones from the rows.
 */
export async function readKeySeries(
  { sql }: Database,
  keyIds: string[],
  { range, bucket, timeZone }: KeySeriesQuestion,
): Promise<KeySeriesPoint[]> {
  const ids = keyIds.filter(isId)
  if (ids.length === 0) return []
  const rolled = bucket === 'day' || bucket >= 900
  const source = rolled
    ? sql`select key_id, bucket as ts, requests, latency_sum_ms from rollups`
    : sql`select key_id, ts, 1 as requests, latency_ms as latency_sum_ms from requests`
  const time = rolled ? sql`bucket` : sql`ts`
  const calls = rolled ? sql`requests > 0` : sql`outcome <> 'refused'`
  const at =
    bucket === 'day'
      ? sql`to_char(ts at time zone ${timeZone}, 'YYYY-MM-DD')`
      : sql`to_char(date_bin(make_interval(secs => ${bucket}), ts, 'epoch'), ${sql.unsafe(iso)})`
  return await sql<KeySeriesPoint[]>`
    select key_id, ${at} as at, sum(requests)::int as requests, sum(latency_sum_ms)::float8 as latency_sum_ms
    from (
      ${source}
      where key_id = any(${ids}::uuid[]) and kind = 'call' and ${calls}
        and ${time} >= ${range.from.toISOString()}::timestamptz and ${time} < ${range.to.toISOString()}::timestamptz
    ) parts
    group by 1, 2 order by 2, 1`
}
