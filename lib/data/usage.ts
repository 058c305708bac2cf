/** Usage of any range, exact to the row, added up in one statement and so from one snapshot of the database. */
import type { Fragment, ISql } from 'postgres'
import { attemptClasses } from '@/lib/schemas/attempt-classes'
import { type UsageDimension, type UsageGroup, usageDimensions } from '@/lib/schemas/usage-dimensions'
import type { Database } from './database'
import { percentiles } from './histogram'
import { type Dimension, histograms } from './summaries'
import { findUsageParts, partsQuery, type UsageParts } from './usage-parts'
import type { Range } from './usage-range'

export type UsageQuestion = {
  range: Range
  timeZone: string
  groups: UsageGroup[]
  filters: Partial<Record<UsageDimension, string[]>>
  /** Only groups that begin with one of these values; without it all. */
  only?: UsageSums['values'][]
  probes: boolean
  /** Only the apps of the member with this e-mail; null: everyone's. */
  ownerEmail: string | null
  /** False leaves them out, null in every row. */
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
const sumColumns: string[] = [
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
  return await answer(database.sql, question, limit)
}

/** The answers to several questions from one snapshot of the database, so that they agree. */
export async function readUsageTogether<T>(
  database: Database,
  ask: (read: (question: UsageQuestion) => Promise<UsageSums[]>) => Promise<T>,
) {
  return await database.sql.begin('isolation level repeatable read read only', (sql) =>
    ask((question) => answer(sql, question, null)),
  )
}

/** The groups in order, a few hundred at a time. */
export async function* streamUsage(database: Database, question: UsageQuestion): AsyncGenerator<UsageSums[]> {
  const parts = await partsOf(database.sql, question)
  for await (const rows of statement(database.sql, question, parts, null).cursor(500)) {
    yield rows.filter((row) => !row.total).map(toSums)
  }
}

async function answer(sql: ISql, question: UsageQuestion, limit: number | null): Promise<UsageSums[]> {
  const rows = await statement(sql, question, await partsOf(sql, question), limit)
  return rows.map(toSums)
}

type AnswerRow = Omit<UsageSums, 'errors_by_class' | 'p50_ms' | 'p95_ms' | 'ttft_p50_ms'> & {
  /** In the order of `attemptClasses`. */
  class_errors: number[]
  latency_histogram: string
  ttft_histogram: string
}

function toSums({ class_errors, latency_histogram, ttft_histogram, ...row }: AnswerRow): UsageSums {
  const failed = attemptClasses.flatMap((name, index) => {
    const errors = class_errors[index] ?? 0
    return errors > 0 ? [[name, errors] as const] : []
  })
  const [p50_ms = null, p95_ms = null] = percentiles(latency_histogram, [0.5, 0.95])
  const [ttft_p50_ms = null] = percentiles(ttft_histogram, [0.5])
  const errors_by_class = failed.length > 0 ? Object.fromEntries(failed) : null
  return { ...row, errors_by_class, p50_ms, p95_ms, ttft_p50_ms }
}

/**
 * In three steps: the rows of the range; their sums by the plain columns asked for; and the same by what the answer
 * calls these (a day instead of its buckets, a slug instead of an id), with the totals. Labels and names are worked out
 * for groups, not for rows.
 */
function statement(sql: ISql, question: UsageQuestion, parts: UsageParts, limit: number | null) {
  const { groups } = question
  const list = (of: string[]) => sql.unsafe(of.join(', '))
  const values = groups.map((_, index) => `v${index}`)
  const keys = keyColumns(groups)
  const comma = sql.unsafe(groups.length ? ',' : '')
  const counted = [...sumColumns, ...((question.percentiles ?? true) ? histograms : [])]
  const classes = attemptClasses.map((_, index) => `errors_${index}`)
  const byClass = attemptClasses.map(
    (name, index) => `sum(errors) filter (where error_class = '${name}') as errors_${index}`,
  )
  const sums = [...sumColumns, ...histograms].map((column) =>
    counted.includes(column) ? `coalesce(sum(${column}), 0)::text as ${column}` : `'0' as ${column}`,
  )
  // Without groups there are only totals, of at least one row; with them, both.
  const sets = groups.length ? sql`group by grouping sets ((${list(values)}), ())` : sql``
  return sql<AnswerRow[]>`
    with raw as not materialized (
      select p.* from (${partsQuery(sql, parts)}) p where ${conditions(sql, question)}
    ),
    summed as (
      select ${list([...keys, ...counted.map((column) => `sum(${column}) as ${column}`), ...byClass])}
      from raw group by ${list(keys)}
    ),
    labelled as (
      select p.*, ${groupColumns(sql, question)} ${comma} 1 as one from summed p ${joins(sql, keys)}
    )
    select ${groups.length ? sql`grouping(v0) = 1` : sql`true`} as total, jsonb_build_array(${list(values)}) as values,
      jsonb_build_array(${list(groups.map((_, index) => `max(n${index})`))}) as names,
      ${list(sums)},
      array[${list(classes.map((column) => `coalesce(sum(${column}), 0)::float8`))}] as class_errors
    from labelled ${sets}
    having count(*) > 0
    order by total desc ${comma} ${list(values)}
    limit ${limit}`
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

function conditions(sql: ISql, { groups, filters, only, probes, ownerEmail }: UsageQuestion): Fragment {
  const tables = { app: 'apps', key: 'keys', pool: 'pools', provider: 'providers' } as const
  const condition = (dimension: UsageDimension, wanted: string[]): Fragment => {
    if (dimension !== 'app' && dimension !== 'key' && dimension !== 'pool' && dimension !== 'provider') {
      return sql`p.${sql(dimension)} = any(${wanted})`
    }
    const name = dimension === 'app' || dimension === 'key' ? 'name' : 'slug'
    return sql`p.${sql(`${dimension}_id`)} in (
      select id from ${sql(tables[dimension])} where id::text = any(${wanted}) or ${sql(name)} = any(${wanted}))`
  }
  const every = (all: Fragment[]) => all.reduce((left, right) => sql`${left} and ${right}`)
  // Asked of each row for each group: ids are looked up once.
  const ofGroup = (values: UsageSums['values']) =>
    every(
      values.map((value, index) => {
        const dimension = groups[index] as UsageDimension
        const column = sql(columnOf[dimension] ?? dimension)
        if (value === null) return sql`p.${column} is null`
        if (dimension === 'app' || dimension === 'key') return sql`p.${column} = ${value}::uuid`
        if (dimension === 'pool' || dimension === 'provider')
          return sql`p.${column} = any(array(select id from ${sql(tables[dimension])} where slug = ${value}))`
        return sql`p.${column} = ${value}`
      }),
    )
  return every([
    probes ? sql`true` : sql`p.kind = 'call'`,
    ownerEmail === null
      ? sql`true`
      : sql`p.app_id in (select id from apps where lower(owner_email) = lower(${ownerEmail}))`,
    ...usageDimensions.flatMap((dimension) => {
      const wanted = filters[dimension]
      return wanted ? [condition(dimension, wanted)] : []
    }),
    ...(only
      ? [sql`(${only.map(ofGroup).reduce((left, right) => sql`${left} or ${right}`, sql`false`)})`]
      : []),
  ])
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
