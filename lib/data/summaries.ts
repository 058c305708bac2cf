/**
 * Sums of `rollups` over hours, days, weeks and months. A quarter of an hour of a busy team has a thousand combinations
 * of dimensions: a page about a month cannot add up millions of them, but it can a few thousand sums that keep only the
 * dimensions it is about.
 *
 * A summary is made once, when nearly all rows of its time are there. A row that is folded later than `lateAfter` raises
 * `late_rollups`, and the seals that do not know of it stop counting until the summary is made again. Between
 * `lateAfter` and `sealAfter` lie ten minutes, longer than any fold takes: no row can miss both.
 */
import type { Fragment, Sql } from 'postgres'
import type { Database } from './database'
import type { Range } from './usage-range'

export type Level = 'hour' | 'day' | 'week' | 'month'

export const dimensionTypes = {
  kind: 'text',
  app_id: 'uuid',
  key_id: 'uuid',
  pool_id: 'uuid',
  provider_id: 'uuid',
  environment: 'text',
  tenant: 'text',
  project: 'text',
  feature: 'text',
  endpoint: 'text',
  model: 'text',
  error_class: 'text',
} as const
export type Dimension = keyof typeof dimensionTypes
export const dimensions = Object.keys(dimensionTypes) as Dimension[]

export const sumColumns = [
  'requests',
  'errors',
  'refused',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_nanos',
  'estimated_cost_nanos',
  'latency_sum_ms',
] as const
export const histograms = ['latency_histogram', 'ttft_histogram'] as const
/** What `summaries` keep, of `rollups`, whose histograms are lists: as numbers they add up thirty times as fast. */
export const rollupSums = `${dimensions}, ${sumColumns}, ${histograms.map(
  (column) => `(
    select coalesce(sum(histogram_unit(x >> 24) * (x & 16777215)), 0) from unnest(${column}) x) as ${column}`,
)}`

const alwaysKept: Dimension[] = ['kind', 'error_class']
const levels: Level[] = ['hour', 'day', 'week', 'month']
const consumer: Dimension[] = ['environment', 'tenant', 'project', 'app_id']
const model: Dimension[] = ['provider_id', 'model', 'endpoint']
const key: Dimension[] = ['provider_id', 'pool_id', 'key_id']
/**
 * What the views keep beside `kind` and `error_class`, the cheapest first. Any two dimensions are in one that keeps few
 * others.
 */
const views: Record<string, Dimension[]> = {
  totals: ['environment'],
  keys: ['environment', ...key],
  apps: consumer,
  models: ['environment', ...model],
  keys_by_feature: ['environment', 'feature', ...key],
  models_by_feature: ['environment', 'feature', ...model],
  keys_by_model: ['environment', 'pool_id', 'key_id', ...model],
  apps_by_feature: [...consumer, 'feature'],
  apps_by_model: [...consumer, ...model],
  apps_by_key: [...consumer, ...key],
  everything: dimensions,
}
export const viewsOfLevels = Object.keys(views).flatMap((view) =>
  levels.map((level): [string, Level] => [view, level]),
)

const lateAfter = `interval '20 minutes'`
const sealAfter = `interval '30 minutes'`
/** Whether a seal `s` still knows all rows of its time. */
export const isTrue = `s.late = (
  select coalesce(sum(l.times), 0) from late_rollups l where l.bucket >= s.start and l.bucket < s.finish)`

/** Part of the statement that folds rows, named `inserted` there. */
export const noteLate = `
  insert into late_rollups as l (bucket, times)
  select distinct date_bin('15 minutes', ts, 'epoch'), 1 from inserted where ts < now() - ${lateAfter}
  order by 1
  on conflict (bucket) do update set times = l.times + 1`

/** The cheapest view that keeps these dimensions. */
export function viewWith(wanted: Dimension[]): string {
  const found = Object.entries(views).find(([, keeps]) =>
    wanted.every((dimension) => keeps.includes(dimension) || alwaysKept.includes(dimension)),
  )
  return found?.[0] ?? 'everything'
}

export type Due = { level: Level; range: Range }

/** What can be summed up and is not, the newest first; times in which nothing happened are sealed at once. */
export async function dueSummaries({ sql }: Database, timeZone: string, limit: number): Promise<Due[]> {
  await sql`
    insert into summary_seals (level, start, finish, late, sealed_at)
    select level, start, finish, (
      select coalesce(sum(times), 0) from late_rollups where bucket >= start and bucket < finish), now()
    from (${unsealed(sql, timeZone)}) due
    where not exists (select from rollups where bucket >= start and bucket < finish)
    on conflict (level, start) do update set finish = excluded.finish, late = excluded.late`
  const rows = await sql<{ level: Level; start: string; finish: string }[]>`
    select level, to_json(start) #>> '{}' as start, to_json(finish) #>> '{}' as finish
    from (${unsealed(sql, timeZone)}) due order by finish desc, level limit ${limit}`
  return rows.map(({ level, start, finish }) => ({
    level,
    range: { from: new Date(start), to: new Date(finish) },
  }))
}

/** Removes days, weeks and months of another time zone: they would count beside those of this one. */
export async function forgetOtherZones({ sql }: Database, timeZone: string): Promise<void> {
  await sql`
    with gone as (
      delete from summary_seals where level <> 'hour' and (start <> date_trunc(level, start, ${timeZone})
        or finish <> (date_trunc(level, start at time zone ${timeZone}) + ('1 ' || level)::interval) at time zone ${timeZone})
      returning level, start
    )
    delete from summaries m using gone where m.level = gone.level and m.start = gone.start`
}

/** Hours, days, and weeks and months of which all days are sealed. */
function unsealed(sql: Sql, timeZone: string): Fragment {
  const local = (level: Level) => sql`
    select ${level} as level, start at time zone ${timeZone} as start,
      (start + ${`1 ${level}`}::interval) at time zone ${timeZone} as finish
    from span, generate_series(date_trunc(${level}, first at time zone ${timeZone}), last at time zone ${timeZone},
      ${`1 ${level}`}::interval) start`
  return sql`
    with span as (select min(bucket) as first, now() - ${sql.unsafe(sealAfter)} as last from rollups),
    spans as (
      select 'hour' as level, start, start + interval '1 hour' as finish
      from span, generate_series(date_trunc('hour', first), last, '1 hour') start
      union all ${local('day')} union all ${local('week')} union all ${local('month')}
    )
    select w.level, w.start, w.finish from spans w, span
    where w.finish <= last and date_bin('15 minutes', w.start, 'epoch') = w.start
      and not exists (select from summary_seals s where s.level = w.level and s.start = w.start and ${sql.unsafe(isTrue)})
      and (w.level not in ('week', 'month') or w.finish - greatest(w.start, date_trunc('day', first, ${timeZone})) = (
        select sum(s.finish - s.start) from summary_seals s
        where s.level = 'day' and s.start >= greatest(w.start, date_trunc('day', first, ${timeZone}))
          and s.finish <= w.finish and ${sql.unsafe(isTrue)}))`
}

/** Sums up one of them, also again. Of two processes that do it at once the second finds it done. */
export async function summarise({ sql }: Database, { level, range }: Due): Promise<void> {
  const [start, finish] = [range.from.toISOString(), range.to.toISOString()]
  await sql.begin(async (tx) => {
    // A day of a busy team is more than what suits pages.
    await tx`set local work_mem = '64MB'`
    await tx`
      insert into summary_seals (level, start, finish, late, sealed_at)
      values (${level}, ${start}::timestamptz, ${finish}::timestamptz, -1, now()) on conflict do nothing`
    const [seal] = await tx`
      select ${tx.unsafe(isTrue)} as done from summary_seals s
      where level = ${level} and start = ${start}::timestamptz for update`
    if (!seal?.done) await tx.unsafe(makeSummaries(level), [start, finish])
  })
}

/**
 * One statement, so that the seal and the sums are of one moment. What the days of a week or month do not know, it does
 * not.
 */
function makeSummaries(level: Level): string {
  const within = (column: string) => `${column} >= $1::timestamptz and ${column} < $2::timestamptz`
  const [source, late] =
    level === 'week' || level === 'month'
      ? [
          `(select * from summaries where level = 'day' and view = 'everything' and ${within('start')}) days`,
          `sum(late) from summary_seals where level = 'day' and ${within('start')}`,
        ]
      : [
          `(select ${rollupSums} from rollups where ${within('bucket')}) quarters`,
          `sum(times) from late_rollups where ${within('bucket')}`,
        ]
  const made = Object.entries(views).map(
    ([view, keeps]) =>
      `select '${level}', '${view}', $1::timestamptz, * from (${summed('whole', keeps)}) ${view}`,
  )
  return `
    with whole as materialized (${summed(source, dimensions)}),
    gone as (delete from summaries where level = '${level}' and start = $1::timestamptz),
    made as (
      insert into summaries (level, view, start, ${dimensions}, ${sumColumns}, ${histograms})
      ${made.join(' union all ')}
    )
    update summary_seals set finish = $2::timestamptz, sealed_at = now(), late = coalesce((select ${late}), 0)
    where level = '${level}' and start = $1::timestamptz`
}

/** Sums by the dimensions to keep, the others null. */
function summed(from: string, keeps: Dimension[]): string {
  const kept = dimensions.filter((dimension) => keeps.includes(dimension) || alwaysKept.includes(dimension))
  const shown = dimensions.map((dimension) =>
    kept.includes(dimension) ? dimension : `null::${dimensionTypes[dimension]} as ${dimension}`,
  )
  return `
    select ${shown}, ${sumColumns.map((column) => `sum(${column})::bigint as ${column}`)},
      ${histograms.map((column) => `sum(${column}) as ${column}`)}
    from ${from} group by ${kept}`
}
