/** Figures of the daily and weekly digest. */
import type { Database } from './database'
import type { Range } from './usage-range'

export type DigestSums = {
  calls: number
  failed: number
  cost_nanos: string
  before_nanos: string
  probe_nanos: string
}
export type DigestApp = { name: string; cost_nanos: string; before_nanos: string }

/** Sums of the range, of the one before it, and of the probes since `monthStart`; all lie on quarters of an hour. */
export async function readDigestSums(
  { sql }: Database,
  range: Range,
  before: Range,
  monthStart: Date,
): Promise<DigestSums> {
  const [row] = await sql<DigestSums[]>`
    select coalesce(sum(requests) filter (where ${inside(range)} and kind = 'call'), 0)::float8 as calls,
      coalesce(sum(errors) filter (where ${inside(range)} and kind = 'call' and error_class is distinct from 'request'), 0)::float8 as failed,
      coalesce(sum(cost_nanos) filter (where ${inside(range)} and kind = 'call'), 0)::text as cost_nanos,
      coalesce(sum(cost_nanos) filter (where ${inside(before)} and kind = 'call'), 0)::text as before_nanos,
      coalesce(sum(cost_nanos) filter (where kind = 'probe' and bucket >= ${monthStart.toISOString()}::timestamptz), 0)::text as probe_nanos
    from rollups where bucket >= least(${before.from.toISOString()}::timestamptz, ${monthStart.toISOString()}::timestamptz)`
  if (!row) throw new Error('sums have a row')
  return row

  function inside({ from, to }: Range) {
    return sql`bucket >= ${from.toISOString()}::timestamptz and bucket < ${to.toISOString()}::timestamptz`
  }
}

/** What apps spent in the range and in the one before it, dearest first. */
export async function readDigestApps({ sql }: Database, range: Range, before: Range): Promise<DigestApp[]> {
  return await sql<DigestApp[]>`
    select name, now_nanos::text as cost_nanos, before_nanos::text as before_nanos from (
      select a.name,
        coalesce(sum(cost_nanos) filter (where bucket >= ${range.from.toISOString()}::timestamptz), 0) as now_nanos,
        coalesce(sum(cost_nanos) filter (where bucket < ${range.from.toISOString()}::timestamptz), 0) as before_nanos
      from rollups r join apps a on a.id = r.app_id
      where r.bucket >= ${before.from.toISOString()}::timestamptz and r.bucket < ${range.to.toISOString()}::timestamptz and r.kind = 'call'
      group by 1
    ) spenders where now_nanos > 0 order by now_nanos desc limit 20`
}
