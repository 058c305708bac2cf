/** What alert rules look at. Times are milliseconds since the epoch, amounts text. */
import type { Fragment, Sql } from 'postgres'
import type { AlertScope } from '@/drizzle/schema'
import type { Database } from './database'
import type { Range } from './usage-range'

const millis = (sql: Sql, time: Fragment) => sql`(extract(epoch from ${time}) * 1000)::float8`

export type KeyState = {
  id: string
  name: string
  provider: string
  provider_id: string
  environment: string
  status: 'active' | 'standby' | 'disabled'
  has_secret: boolean
  state: 'up' | 'cooling' | 'down'
  reason: string | null
  since: number | null
  next_try_at: number | null
  last_error: { status?: number | null; message?: string } | null
  pools: { id: string; slug: string }[]
  created_at: number
  expires_at: number | null
  last_used_at: number | null
  balance_threshold_nanos: string | null
  balance: {
    amount: string
    currency: string
    usd_nanos: number | null
    source: string
    read_at: string
  } | null
}

/** Every live key with its health, its pools, its balance and its last call. */
export async function readKeyStates({ sql }: Database): Promise<KeyState[]> {
  return await sql<KeyState[]>`
    select k.id, k.name, p.slug as provider, k.provider_id, k.environment, k.status,
      k.secret_ref is not null or exists (
        select 1 from secrets s where s.purpose = 'key' and s.row_id = k.id) as has_secret,
      coalesce(h.state, 'up') as state, h.reason, ${millis(sql, sql`h.since`)} as since,
      ${millis(sql, sql`h.next_try_at`)} as next_try_at, h.last_error,
      coalesce((
        select jsonb_agg(jsonb_build_object('id', o.id, 'slug', o.slug) order by o.slug)
        from pool_keys pk join pools o on o.id = pk.pool_id
        where pk.key_id = k.id and o.archived_at is null), '[]') as pools,
      ${millis(sql, sql`k.created_at`)} as created_at, ${millis(sql, sql`k.expires_at`)} as expires_at,
      ${millis(sql, sql`used.ts`)} as last_used_at, k.balance_threshold_nanos::text as balance_threshold_nanos,
      case when b.key_id is not null then jsonb_build_object('amount', b.amount, 'currency', b.currency,
        'usd_nanos', b.usd_nanos, 'source', b.source, 'read_at', b.read_at) end as balance
    from keys k
    join providers p on p.id = k.provider_id
    left join key_health h on h.key_id = k.id
    left join balances b on b.key_id = k.id
    left join lateral (
      select ts from requests where key_id = k.id and kind = 'call' order by ts desc limit 1
    ) used on true
    where k.archived_at is null and p.archived_at is null and p.enabled
    order by k.id`
}

type By = NonNullable<AlertScope['by']>

const columns = {
  key: 'key_id',
  provider: 'provider_id',
  pool: 'pool_id',
  app: 'app_id',
  tenant: 'tenant',
  project: 'project',
  feature: 'feature',
  model: 'model',
  environment: 'environment',
} as const
const lists = Object.keys(columns) as (keyof typeof columns)[]

/** What a rule's scope leaves of requests or rollups. */
function within(sql: Sql, scope: AlertScope): Fragment {
  return lists.reduce((all, name) => {
    const wanted = scope[name]
    return wanted ? sql`${all} and ${sql(columns[name])}::text = any(${wanted})` : all
  }, sql`kind = 'call'`)
}

const subjectOf = (sql: Sql, by: By) => (by === 'global' ? sql`''` : sql`${sql(columns[by])}::text`)

/** What people call a subject. */
function nameOf(sql: Sql, by: By, id: Fragment): Fragment {
  switch (by) {
    case 'key':
      return sql`coalesce((select name from keys where keys.id::text = ${id}), ${id})`
    case 'provider':
      return sql`coalesce((select slug from providers where providers.id::text = ${id}), ${id})`
    case 'pool':
      return sql`coalesce((select slug from pools where pools.id::text = ${id}), ${id})`
    case 'app':
      return sql`coalesce((select name from apps where apps.id::text = ${id}), ${id})`
    default:
      return id
  }
}

const between = (sql: Sql, column: 'ts' | 'bucket', { from, to }: Range) =>
  sql`${sql(column)} >= ${from.toISOString()}::timestamptz and ${sql(column)} < ${to.toISOString()}::timestamptz`

export type FailureCount = { id: string; name: string; class: string | null; calls: number }
/** `slice`: which one of the range it is in, from 0. */
export type Sliced<Row> = Row & { slice: number }
/** Subjects with fewer failures are left out, so that good calls are counted only where it matters; `open` are not. */
export type Suspicion = { failuresMin: number; open: string[] }

/**
 * Calls by subject and class of failure (null: none). Of keys, attempts: one whose calls other keys saved fails too.
 * Refusals of our own and requests that the provider found wrong are nobody's failures.
 */
export async function readFailures(
  { sql }: Database,
  by: By,
  scope: AlertScope,
  range: Range,
  suspicion: Suspicion,
): Promise<FailureCount[]> {
  return await sql<FailureCount[]>`${failures(sql, by, scope, range, suspicion, sql`0`)}`
}

/** The same, minute by minute. */
export async function readFailureMinutes(
  { sql }: Database,
  by: By,
  scope: AlertScope,
  range: Range,
  suspicion: Suspicion,
): Promise<Sliced<FailureCount>[]> {
  const minutes = sliceOf(sql, 'ts', range, 60)
  return await sql<Sliced<FailureCount>[]>`${failures(sql, by, scope, range, suspicion, minutes)}`
}

const sliceOf = (sql: Sql, column: 'ts' | 'bucket', { from }: Range, seconds: number) => sql`
  floor(extract(epoch from ${sql(column)} - ${from.toISOString()}::timestamptz) / ${seconds}::float8)::int`

function failures(
  sql: Sql,
  by: By,
  scope: AlertScope,
  range: Range,
  { failuresMin, open }: Suspicion,
  slice: Fragment,
): Fragment {
  const ofKeys = by === 'key'
  const calls = sql`from requests where ${within(sql, ofKeys ? { ...scope, key: undefined } : scope)}
    and ${between(sql, 'ts', range)} and outcome not in ('refused', 'interrupted')`
  const failed = ofKeys
    ? sql`
        select attempt ->> 'key_id' as id, attempt ->> 'class' as class, ${slice} as slice
        from (select ts, attempts ${calls} and (error_class is not null or jsonb_array_length(attempts) > 1)) failing,
          jsonb_array_elements(attempts) attempt`
    : sql`
        select ${subjectOf(sql, by)} as id, error_class as class, ${slice} as slice ${calls} and error_class is not null`
  const good = ofKeys
    ? sql`${calls} and key_id = any(array(select id::uuid from suspects))`
    : sql`${calls} and ${subjectOf(sql, by)} in (select id from suspects)`
  return sql`
    with failed as (
      select id, class, slice, count(*) as calls from (${failed}) failed
      where class is not null and class <> 'request' and id is not null
        ${ofKeys && scope.key ? sql`and id = any(${scope.key})` : sql``}
      group by 1, 2, 3
    ),
    suspects as (
      select id from failed group by id having sum(calls) >= ${failuresMin}::bigint or id = any(${open})
    ),
    counted as (
      select * from failed where id in (select id from suspects)
      union all
      select ${subjectOf(sql, by)}, null, ${slice}, count(*) ${good} and error_class is null group by 1, 3
    )
    select id, ${nameOf(sql, by, sql`counted.id`)} as name, class, slice, calls::float8 as calls from counted`
}

export type Speed = { id: string; name: string; calls: number; p95: number | null; usual_p95: number | null }

/** With fewer calls a day, nobody can say what is usual. */
export const usualCallsMin = 50

/**
 * The 95th percentile of good calls in the range, from the quarter of an hour in which it begins, and that of the day
 * before where there were enough calls.
 */
export async function readSpeeds(
  { sql }: Database,
  measure: 'latency' | 'ttft',
  by: By,
  scope: AlertScope,
  range: Range,
): Promise<Speed[]> {
  const quarterMs = 900_000
  const from = new Date(Math.floor(range.from.getTime() / quarterMs) * quarterMs)
  const usual = { from: new Date(from.getTime() - 86_400_000), to: from }
  const percentiles = (bounds: Range) => sql`
    select id, sum(n)::float8 as calls,
      histogram_percentile(array_agg(bucket order by bucket), array_agg(n order by bucket), 0.95)::float8 as p95
    from (
      select id, bucket, sum(n)::bigint as n from (${answerTimes(sql, measure, by, scope, bounds)}) entries group by 1, 2
    ) counts group by id`
  return await sql<Speed[]>`
    with current as (${percentiles({ from, to: range.to })}),
    usual as (${percentiles(usual)})
    select c.id, ${nameOf(sql, by, sql`c.id`)} as name, c.calls, c.p95,
      case when u.calls >= ${usualCallsMin} then u.p95 end as usual_p95
    from current c left join usual u using (id) where c.id is not null`
}

/** Of good calls: counts by subject, quarter of an hour and bucket of the histogram. */
function answerTimes(
  sql: Sql,
  measure: 'latency' | 'ttft',
  by: By,
  scope: AlertScope,
  range: Range,
): Fragment {
  return sql`
    select ${subjectOf(sql, by)} as id, bucket as quarter, entry >> 24 as bucket, entry & 16777215 as n
    from rollups, unnest(${sql(`${measure}_histogram`)}) entry
    where ${within(sql, scope)} and ${between(sql, 'bucket', range)} and error_class is null`
}

/** Pairs of a bucket, the lowest of which is 1, and a number of calls. */
export type SpeedSlice = Sliced<{ id: string; name: string; counts: [number, number][] }>

/** The histograms of good calls, quarter of an hour by quarter of an hour. */
export async function readSpeedQuarters(
  { sql }: Database,
  measure: 'latency' | 'ttft',
  by: By,
  scope: AlertScope,
  range: Range,
): Promise<SpeedSlice[]> {
  return await sql<SpeedSlice[]>`
    select id, ${nameOf(sql, by, sql`counted.id`)} as name, slice, counts from (
      select id, slice, jsonb_agg(jsonb_build_array(bucket, n)) as counts from (
        select id, bucket, sum(n) as n,
          floor(extract(epoch from quarter - ${range.from.toISOString()}::timestamptz) / 900)::int as slice
        from (${answerTimes(sql, measure, by, scope, range)}) entries where id is not null group by 1, 2, 4
      ) sums group by 1, 2
    ) counted`
}

export type Limited = { id: string; name: string; count: number; usual: number }

/** Attempts that met a 429, by key, and how many the key had in such a time on average the day before. */
export async function readLimited({ sql }: Database, scope: AlertScope, range: Range): Promise<Limited[]> {
  const dayMs = 86_400_000
  const whole = { from: new Date(range.from.getTime() - dayMs), to: range.to }
  const windowsADay = dayMs / (range.to.getTime() - range.from.getTime())
  const now = sql`ts >= ${range.from.toISOString()}::timestamptz`
  return await sql<Limited[]>`
    select id, ${nameOf(sql, 'key', sql`limited.id`)} as name, count(*) filter (where ${now})::float8 as count,
      (count(*) filter (where not ${now}) / ${windowsADay}::float8)::float8 as usual
    from (${limitedAttempts(sql, scope, whole)}) limited
    group by 1`
}

function limitedAttempts(sql: Sql, scope: AlertScope, range: Range): Fragment {
  return sql`
    select ts, attempt ->> 'key_id' as id from requests, jsonb_array_elements(attempts) attempt
    where ${within(sql, { ...scope, key: undefined })} and ${between(sql, 'ts', range)}
      and (error_class is not null or jsonb_array_length(attempts) > 1) and attempt ->> 'class' = 'rate'
      and attempt ->> 'key_id' is not null
      ${scope.key ? sql`and attempt ->> 'key_id' = any(${scope.key})` : sql``}`
}

/** Attempts that met a 429, by key and minute. */
export async function readLimitedMinutes(
  { sql }: Database,
  scope: AlertScope,
  range: Range,
): Promise<Sliced<{ id: string; name: string; count: number }>[]> {
  return await sql<Sliced<{ id: string; name: string; count: number }>[]>`
    select id, ${nameOf(sql, 'key', sql`limited.id`)} as name, ${sliceOf(sql, 'ts', range, 60)} as slice, count(*)::int as count
    from (${limitedAttempts(sql, scope, range)}) limited
    group by 1, 3`
}

/** Names of the apps that called through each of these within the range, busiest first, five at most. */
export async function readAppsThrough(
  { sql }: Database,
  by: 'key' | 'pool' | 'provider' | 'model',
  ids: string[],
  from: Date,
): Promise<{ id: string; apps: string[] }[]> {
  if (ids.length === 0) return []
  const id = subjectOf(sql, by)
  return await sql<{ id: string; apps: string[] }[]>`
    select id, (array_agg(name order by calls desc))[1:5] as apps from (
      select ${id} as id, a.name, sum(r.requests) as calls from rollups r join apps a on a.id = r.app_id
      where r.bucket >= ${from.toISOString()}::timestamptz and r.kind = 'call' and ${id} = any(${ids})
      group by 1, 2
    ) busiest group by 1`
}

export type FailingJob = { job: string; failures: number; error: string; since: number }

/** Jobs whose last runs failed: how many in a row, since when, and the newest error. */
export async function readFailingJobs({ sql }: Database): Promise<FailingJob[]> {
  return await sql<FailingJob[]>`
    select job, count(*)::int as failures, (array_agg(error order by started_at desc))[1] as error,
      ${millis(sql, sql`min(started_at)`)} as since
    from (
      select job, started_at, error,
        bool_and(error is not null) over (partition by job order by started_at desc) as still_failing
      from job_runs where ended_at is not null and started_at > now() - interval '2 days'
    ) runs
    where still_failing group by job`
}

export type LostMoney = { nanos: number; windows: number; window_start: number; window_end: number }

/** What processes that are gone for good had set aside in budget windows that still run; undefined: nothing. */
export async function readLostMoney({ sql }: Database): Promise<LostMoney | undefined> {
  const [row] = await sql<LostMoney[]>`
    select sum(lost_nanos)::float8 as nanos, count(*)::int as windows, ${millis(sql, sql`min(window_start)`)} as window_start,
      ${millis(sql, sql`max(window_end)`)} as window_end
    from budget_windows where lost_nanos > 0 and window_end > now() having count(*) > 0`
  return row
}

export type LivingProcess = { id: string; details: Record<string, unknown> }

/** Gateways that have said in the last fifteen seconds how they are. */
export async function readLivingProcesses({ sql }: Database): Promise<LivingProcess[]> {
  return await sql<LivingProcess[]>`
    select id, details from processes where role <> 'portal' and seen_at > now() - interval '15 seconds'`
}
