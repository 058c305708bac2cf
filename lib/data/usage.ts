/**
 * Usage of any range, exact to the row: rollups for the whole 15-minute buckets in it, single requests for the edges,
 * added up in one statement and so from one snapshot of the database.
 */
import type { Fragment, Sql } from 'postgres'
import { type UsageDimension, type UsageGroup, usageDimensions } from '@/lib/schemas/usage'
import type { Database } from './database'
import { type Range, splitRange } from './usage-range'

export type UsageQuestion = {
  range: Range
  timeZone: string
  groups: UsageGroup[]
  filters: Partial<Record<UsageDimension, string[]>>
  probes: boolean
}

/** One group, or the totals; sums as decimal text. `values` and `names` follow the order of the groups. */
export type UsageSums = {
  total: boolean
  values: (string | null)[]
  names: (string | null)[]
  requests: string
  errors: string
  errors_by_class: Record<string, number> | null
  refused: string
  input_tokens: string
  cached_input_tokens: string
  output_tokens: string
  reasoning_tokens: string
  cost_nanos: string
  estimated_cost_nanos: string
  p50_ms: number | null
  p95_ms: number | null
  ttft_p50_ms: number | null
}

const named = ['app', 'key', 'pool', 'provider']
const dimensionColumns =
  'kind, app_id, key_id, pool_id, provider_id, environment, tenant, project, feature, endpoint, model, error_class'
const sumColumns = [
  'requests',
  'errors',
  'refused',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nanos',
  'estimated_cost_nanos',
]

/** The totals, if there is anything, then the groups in order; at most `limit` rows. */
export async function readUsage(database: Database, question: UsageQuestion, limit: number) {
  return await statement(database.sql, question, limit).execute()
}

/** The groups in order, a few hundred at a time. */
export async function* streamUsage(database: Database, question: UsageQuestion): AsyncGenerator<UsageSums[]> {
  for await (const rows of statement(database.sql, question, null).cursor(500)) {
    yield rows.filter((row) => !row.total)
  }
}

function statement(sql: Sql, question: UsageQuestion, limit: number | null) {
  const { groups } = question
  const list = (of: string[]) => sql.unsafe(of.join(', '))
  const values = groups.map((_, index) => `v${index}`)
  const names = groups.map((_, index) => `n${index}`)
  const sums = sumColumns.map((column) => `sum(${column}) as ${column}`)
  const comma = sql.unsafe(groups.length ? ',' : '')
  return sql<UsageSums[]>`
    with labelled as (
      select p.*, ${groupColumns(sql, question)} ${comma} 1 as one
      from (${parts(sql, question)}) p
      left join apps a on a.id = p.app_id
      left join keys k on k.id = p.key_id
      left join pools o on o.id = p.pool_id
      left join providers v on v.id = p.provider_id
      where ${conditions(sql, question)}
    ),
    folded as (
      select ${list([...values, ...names.map((name) => `max(${name}) as ${name}`)])} ${comma} error_class as class,
        ${list(sums)}, histogram_sum(latency_histogram) as latency, histogram_sum(ttft_histogram) as ttft
      from labelled
      group by ${list([...values, 'error_class'])}
    ),
    -- Totals from the folded rows: adding up histograms is what takes the time.
    classes as (
      select ${groups.length ? sql`grouping(v0)` : sql`0`} as total, class,
        ${list([...values, ...names.map((name) => `max(${name}) as ${name}`)])} ${comma}
        ${list(sums)}, histogram_sum(latency) as latency, histogram_sum(ttft) as ttft
      from folded
      group by grouping sets (${groups.length ? sql`(${list([...values, 'class'])}),` : sql``} (class))
    )
    select ${groups.length ? sql`total = 1` : sql`true`} as total,
      jsonb_build_array(${list(values)}) as values, jsonb_build_array(${list(names.map((name) => `max(${name})`))}) as names,
      ${list(sumColumns.map((column) => `sum(${column})::text as ${column}`))},
      jsonb_object_agg(class, errors) filter (where class is not null and errors > 0) as errors_by_class,
      histogram_percentile(histogram_sum(latency), 0.5) as p50_ms,
      histogram_percentile(histogram_sum(latency), 0.95) as p95_ms,
      histogram_percentile(histogram_sum(ttft), 0.5) as ttft_p50_ms
    from classes
    group by ${list([...values.map((value) => `classes.${value}`), 'classes.total'])}
    order by classes.total desc ${comma} ${list(values)}
    limit ${limit}`
}

/** What was asked to group by, as columns v0, v1 … and the names that go with ids as n0, n1 … */
function groupColumns(sql: Sql, { groups, timeZone }: UsageQuestion): Fragment {
  const iso = `'YYYY-MM-DD"T"HH24:MI:SS"Z"'`
  const column = (group: UsageGroup): Fragment => {
    if (group === 'app') return sql`p.app_id::text`
    if (group === 'key') return sql`p.key_id::text`
    if (group === 'pool') return sql`o.slug`
    if (group === 'provider') return sql`v.slug`
    if (group === 'minute') return sql`to_char(p.time at time zone 'UTC', ${sql.unsafe(iso)})`
    if (group === 'hour')
      return sql`to_char(date_trunc('hour', p.time, ${timeZone}) at time zone 'UTC', ${sql.unsafe(iso)})`
    if (group === 'day') return sql`to_char(p.time at time zone ${timeZone}, 'YYYY-MM-DD')`
    return sql`p.${sql(group)}`
  }
  const name = (group: UsageGroup): Fragment =>
    named.includes(group)
      ? sql`${sql({ app: 'a', key: 'k', pool: 'o', provider: 'v' }[group as 'app'])}.name`
      : sql`null::text`
  return groups.reduce(
    (all, group, index) =>
      sql`${all} ${sql.unsafe(index ? ',' : '')} ${column(group)} as ${sql(`v${index}`)}, ${name(group)} as ${sql(`n${index}`)}`,
    sql``,
  )
}

function conditions(sql: Sql, { filters, probes }: UsageQuestion): Fragment {
  const condition = (dimension: UsageDimension, wanted: string[]): Fragment => {
    if (dimension === 'app') return sql`(p.app_id::text = any(${wanted}) or a.name = any(${wanted}))`
    if (dimension === 'key') return sql`(p.key_id::text = any(${wanted}) or k.name = any(${wanted}))`
    if (dimension === 'pool') return sql`(p.pool_id::text = any(${wanted}) or o.slug = any(${wanted}))`
    if (dimension === 'provider')
      return sql`(p.provider_id::text = any(${wanted}) or v.slug = any(${wanted}))`
    return sql`p.${sql(dimension)} = any(${wanted})`
  }
  return usageDimensions.reduce(
    (all, dimension) => {
      const wanted = filters[dimension]
      return wanted ? sql`${all} and ${condition(dimension, wanted)}` : all
    },
    probes ? sql`true` : sql`p.kind = 'call'`,
  )
}

/** Rows shaped like rollups, with a `time` of a minute or of 15. */
function parts(sql: Sql, { range, groups }: UsageQuestion): Fragment {
  const byMinute = groups.includes('minute')
  const { buckets, edges } = byMinute ? { buckets: null, edges: [range] } : splitRange(range)
  const dimensions = sql.unsafe(dimensionColumns)
  // The same sums that a batch of requests adds to its rollups.
  const single = edges.map(
    (edge) => sql`
      select ${byMinute ? sql`date_trunc('minute', ts)` : sql`date_bin('15 minutes', ts, 'epoch')`} as time, ${dimensions},
        count(*) filter (where outcome <> 'refused') as requests,
        count(*) filter (where outcome in ('error', 'interrupted')) as errors,
        count(*) filter (where outcome = 'refused') as refused,
        sum(input_tokens) as input_tokens, sum(cached_input_tokens) as cached_input_tokens,
        sum(output_tokens) as output_tokens, sum(reasoning_tokens) as reasoning_tokens, sum(cost_nanos) as cost_nanos,
        coalesce(sum(cost_nanos) filter (where cost_source <> 'reported'), 0) as estimated_cost_nanos,
        histogram_of(histogram_bucket(latency_ms)) filter (where outcome <> 'refused') as latency_histogram,
        histogram_of(histogram_bucket(ttft_ms)) filter (where ttft_ms is not null) as ttft_histogram
      from requests
      where ts >= ${edge.from.toISOString()}::timestamptz and ts < ${edge.to.toISOString()}::timestamptz
      group by time, ${dimensions}`,
  )
  const rolled = buckets
    ? [
        sql`
      select bucket as time, ${dimensions}, ${sql.unsafe(sumColumns.join(', '))}, latency_histogram, ttft_histogram
      from rollups
      where bucket >= ${buckets.from.toISOString()}::timestamptz and bucket < ${buckets.to.toISOString()}::timestamptz`,
      ]
    : []
  return [...rolled, ...single].reduce((all, part) => sql`${all} union all ${part}`)
}
