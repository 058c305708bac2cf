/** Usage of any range, exact to the row, added up in one statement and so from one snapshot of the database. */
import type { Fragment, ISql } from 'postgres'
import { type UsageDimension, type UsageGroup, usageDimensions } from '@/lib/schemas/usage-dimensions'
import type { Database } from './database'
import type { Dimension } from './summaries'
import { findUsageParts, partsQuery, type UsageParts } from './usage-parts'
import type { Range } from './usage-range'

export type UsageQuestion = {
  range: Range
  timeZone: string
  groups: UsageGroup[]
  filters: Partial<Record<UsageDimension, string[]>>
  probes: boolean
  /** Only the apps of the member with this e-mail; null: everyone's. */
  ownerEmail: string | null
  /** False leaves them out, null in every row: adding up histograms takes longer than all other sums. */
  percentiles?: boolean
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
  return await statement(database.sql, question, await partsOf(database.sql, question), limit).execute()
}

/** The answers to several questions from one snapshot of the database, so that they agree. */
export async function readUsageTogether(database: Database, questions: UsageQuestion[]) {
  return await database.sql.begin('isolation level repeatable read read only', (sql) =>
    Promise.all(
      questions.map(async (question) =>
        statement(sql, question, await partsOf(sql, question), null).execute(),
      ),
    ),
  )
}

/** The groups in order, a few hundred at a time. */
export async function* streamUsage(database: Database, question: UsageQuestion): AsyncGenerator<UsageSums[]> {
  const parts = await partsOf(database.sql, question)
  for await (const rows of statement(database.sql, question, parts, null).cursor(500)) {
    yield rows.filter((row) => !row.total)
  }
}

/**
 * In four steps: the rows of the range; their sums and, apart from them, their histograms, by the plain columns asked
 * for; both again by what the answer calls these (a day instead of its buckets, a slug instead of an id), with the
 * totals; and the percentiles of each. Labels and names are worked out for groups, not for rows.
 */
function statement(sql: ISql, question: UsageQuestion, parts: UsageParts, limit: number | null) {
  const { groups } = question
  const list = (of: string[]) => sql.unsafe(of.join(', '))
  const values = groups.map((_, index) => `v${index}`)
  const names = groups.map((_, index) => `n${index}`)
  const keys = keyColumns(groups)
  const classed = [...new Set([...keys, 'error_class'])]
  const sums = sumColumns.map((column) => `sum(${column}) as ${column}`)
  const comma = sql.unsafe(groups.length ? ',' : '')
  const maxNames = names.map((name) => `max(${name}) as ${name}`)
  const nulls = (columns: string[], type: string) => columns.map((column) => `null::${type} as ${column}`)
  const labelled = (from: string) => sql`
    (select p.*, ${groupColumns(sql, question)} ${comma} 1 as one from ${sql(from)} p ${joins(sql, keys)}) labelled`
  // Without groups there are only totals; with them, both.
  const sets = (more: string) =>
    groups.length
      ? sql`grouping sets ((${list([...values, more])}), (${sql.unsafe(more)}))`
      : sql.unsafe(more)
  const total = groups.length ? sql`grouping(v0) = 1` : sql`true`
  return sql<UsageSums[]>`
    with raw as not materialized (
      select p.* from (${partsQuery(sql, parts)}) p where ${conditions(sql, question)}
    ),
    summed as (
      select ${list([...classed, ...sums])} from raw group by ${list(classed)}
    ),
    counted as (
      select ${list([...keys, 'measure', 'x >> 24 as bucket', 'sum(x & 16777215) as n'])}
      from raw, lateral (
        select 0 as measure, unnest(latency_histogram) as x union all select 1, unnest(ttft_histogram)
      ) each
      where ${question.percentiles ?? true}
      group by ${list([...keys, 'measure', 'bucket'])}
    ),
    answer as (
      select ${total} as total, ${list([...values, ...maxNames])} ${comma} error_class as class, ${list(sums)},
        null::int as measure, null::int as bucket, null::bigint as n
      from ${labelled('summed')} group by ${sets('error_class')}
      union all
      select ${total}, ${list([...values, ...nulls(names, 'text')])} ${comma} null, ${list(nulls(sumColumns, 'numeric'))},
        measure, bucket, sum(n)::bigint
      from ${labelled('counted')} group by ${sets('measure, bucket')}
    )
    select total, jsonb_build_array(${list(values)}) as values,
      jsonb_build_array(${list(names.map((name) => `max(${name})`))}) as names,
      ${list(sumColumns.map((column) => `coalesce(sum(${column}), 0)::text as ${column}`))},
      jsonb_object_agg(class, errors) filter (where class is not null and errors > 0) as errors_by_class,
      ${percentile(sql, 0, 0.5)} as p50_ms, ${percentile(sql, 0, 0.95)} as p95_ms, ${percentile(sql, 1, 0.5)} as ttft_p50_ms
    from answer
    group by ${list([...values, 'total'])}
    order by total desc ${comma} ${list(values)}
    limit ${limit}`
}

function percentile(sql: ISql, measure: number, share: number): Fragment {
  const wanted = sql`filter (where measure = ${sql.unsafe(String(measure))})`
  return sql`histogram_percentile(array_agg(bucket order by bucket) ${wanted}, array_agg(n order by bucket) ${wanted}, ${sql.unsafe(String(share))})`
}

const columnOf: Partial<Record<UsageGroup, Dimension | 'time'>> = {
  minute: 'time',
  hour: 'time',
  day: 'time',
  app: 'app_id',
  key: 'key_id',
  pool: 'pool_id',
  provider: 'provider_id',
}

/** The columns that tell groups apart; a constant stands in where there are none. */
function keyColumns(groups: UsageGroup[]): string[] {
  const columns = [...new Set(groups.map((group) => columnOf[group] ?? group))]
  return columns.length > 0 ? columns : ['kind']
}

function joins(sql: ISql, keys: string[]): Fragment {
  const tables = { app_id: 'apps a', key_id: 'keys k', pool_id: 'pools o', provider_id: 'providers v' }
  return sql.unsafe(
    Object.entries(tables)
      .filter(([column]) => keys.includes(column))
      .map(([column, table]) => `left join ${table} on ${table.at(-1)}.id = p.${column}`)
      .join(' '),
  ) as unknown as Fragment
}

/** What was asked to group by, as columns v0, v1 … and the names that go with ids as n0, n1 … */
function groupColumns(sql: ISql, { groups, timeZone }: UsageQuestion): Fragment {
  const column = (group: UsageGroup): Fragment => {
    if (group === 'app') return sql`p.app_id::text`
    if (group === 'key') return sql`p.key_id::text`
    if (group === 'pool') return sql`o.slug`
    if (group === 'provider') return sql`v.slug`
    if (group === 'day') return sql`to_char(p.time at time zone ${timeZone}, 'YYYY-MM-DD')`
    if (group === 'minute' || group === 'hour') {
      return sql`to_char(date_trunc(${group}, p.time, ${timeZone}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
    }
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

function conditions(sql: ISql, { filters, probes, ownerEmail }: UsageQuestion): Fragment {
  const tables = { app: 'apps', key: 'keys', pool: 'pools', provider: 'providers' } as const
  const condition = (dimension: UsageDimension, wanted: string[]): Fragment => {
    if (dimension !== 'app' && dimension !== 'key' && dimension !== 'pool' && dimension !== 'provider') {
      return sql`p.${sql(dimension)} = any(${wanted})`
    }
    const name = dimension === 'app' || dimension === 'key' ? 'name' : 'slug'
    return sql`p.${sql(`${dimension}_id`)} in (
      select id from ${sql(tables[dimension])} where id::text = any(${wanted}) or ${sql(name)} = any(${wanted}))`
  }
  const kinds = probes ? sql`true` : sql`p.kind = 'call'`
  const owned = sql`p.app_id in (select id from apps where lower(owner_email) = lower(${ownerEmail}))`
  return usageDimensions.reduce(
    (all, dimension) => {
      const wanted = filters[dimension]
      return wanted ? sql`${all} and ${condition(dimension, wanted)}` : all
    },
    ownerEmail === null ? kinds : sql`${kinds} and ${owned}`,
  )
}

/** The parts of the range, from sources that keep what the question is about. */
function partsOf(
  sql: ISql,
  { range, groups, filters, ownerEmail, timeZone }: UsageQuestion,
): Promise<UsageParts> {
  const used = usageDimensions.filter((dimension) => filters[dimension] || groups.includes(dimension))
  const uses = used.map((dimension) => (columnOf[dimension] ?? dimension) as Dimension)
  const step = (['minute', 'hour', 'day'] as const).find((unit) => groups.includes(unit)) ?? null
  return findUsageParts(sql, {
    range,
    uses: ownerEmail === null ? uses : [...uses, 'app_id'],
    step,
    timeZone,
  })
}
