/** Months of `requests`, and what is kept of them. */
import type { Database } from './database'

/** How long dropping waits for the calls that are being written, each time. */
const lockTimeout = '2s'
const tries = 5
const pauseMs = 1000

const totals = `
  count(*) filter (where outcome <> 'refused') as requests,
  count(*) filter (where outcome in ('error', 'interrupted')) as errors,
  count(*) filter (where outcome = 'refused') as refused,
  sum(input_tokens) as input_tokens, sum(cached_input_tokens) as cached_input_tokens,
  sum(output_tokens) as output_tokens, sum(reasoning_tokens) as reasoning_tokens, sum(cost_nanos) as cost_nanos`
export const totalColumns = [
  'requests',
  'errors',
  'refused',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nanos',
]

/** Keeps what the rows of `source` come to, beside what was kept before. */
const keepTotals = (source: string) => `
  insert into month_totals as m (month, ${totalColumns}, sealed_at)
  select date_trunc('month', ts, 'UTC'), ${totals}, now() from ${source} group by 1 order by 1
  on conflict (month) do update set sealed_at = excluded.sealed_at,
    ${totalColumns.map((column) => `${column} = m.${column} + excluded.${column}`)}`
const keepCharges = (source: string) => `
  insert into dropped_charges as d (budget_id, window_start, nanos)
  select c.budget_id, c.window_start, sum(c.nanos)
  from ${source}, jsonb_to_recordset(charges) as c(budget_id uuid, window_start timestamptz, nanos bigint)
  where charges is not null group by 1, 2 order by 1, 2
  on conflict (budget_id, window_start) do update set nanos = d.nanos + excluded.nanos`

/** Makes the partitions of this month and the next two, and those of rows that lie in none. Returns how many. */
export async function makePartitions({ sql }: Database, now: Date, oldest: Date): Promise<number> {
  return await sql.begin(async (tx) => {
    await tx.unsafe(`set local lock_timeout = '${lockTimeout}'`)
    const [row] = await tx<{ made: number }[]>`
      select coalesce(sum(ensure_request_partitions(month, 0)), 0)::int as made
      from (
        select date_trunc('month', ${now.toISOString()}::timestamptz, 'UTC') + make_interval(months => i) as month
        from generate_series(0, 2) i
        union
        select date_trunc('month', ts, 'UTC') from requests_default where ts >= ${oldest.toISOString()}::timestamptz
      ) months`
    return row?.made ?? 0
  })
}

/** Partitions of months that ended before `oldest`, the oldest first. */
export async function oldPartitions({ sql }: Database, oldest: Date): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select relname as name from pg_inherits join pg_class on oid = inhrelid
    where inhparent = 'requests'::regclass and relname ~ '^requests_[0-9]{4}_[0-9]{2}$'
      and (to_date(substr(relname, 10), 'YYYY_MM') + interval '1 month') at time zone 'UTC'
        <= ${oldest.toISOString()}::timestamptz
    order by relname`
  return rows.map(({ name }) => name)
}

/**
 * Keeps the totals of a partition and drops it, both or neither. While it is summed up nothing can be added to it; only
 * the drop itself needs all of `requests` for a moment, and gives way to what is running.
 */
export async function dropPartition({ sql }: Database, name: string): Promise<void> {
  await sql.begin(async (tx) => {
    await tx.unsafe(`set local lock_timeout = '${lockTimeout}'`)
    await tx`lock table ${tx(name)} in share mode`
    await tx.unsafe(keepTotals(name))
    await tx.unsafe(keepCharges(name))
    for (let left = tries; ; left--) {
      try {
        await tx.savepoint((attempt) => attempt`drop table ${attempt(name)}`)
        return
      } catch (error) {
        if (left === 1 || (error as { code?: string }).code !== lockNotAvailable) throw error
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
  })
}

const lockNotAvailable = '55P03'

/** The same for rows that came when their month was gone already. Returns how many there were. */
export async function dropStragglers({ sql }: Database, oldest: Date): Promise<number> {
  const [row] = await sql.unsafe<{ gone: number }[]>(
    `with gone as (
      delete from requests_default where ts < date_trunc('month', $1::timestamptz, 'UTC') returning *
    ),
    totals as (${keepTotals('gone')}), charges as (${keepCharges('gone')})
    select count(*)::int as gone from gone`,
    [oldest.toISOString()],
  )
  return row?.gone ?? 0
}
