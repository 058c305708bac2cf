/**
 * Where the sums of a range come from: summaries of months, weeks, days and hours, rollups for the quarters of an hour beside them,
 * and single rows for what is left at the edges. Exact to the row for every range.
 */
import type { Fragment, ISql } from 'postgres'
import {
  type Dimension,
  dimensions,
  histograms,
  isTrue,
  type Level,
  rollupSums,
  sumColumns,
  viewWith,
} from './summaries'
import { type Range, splitRange } from './usage-range'

export type PartsQuestion = {
  range: Range
  /** Those that are filtered or grouped by; others may be null in the parts. */
  uses: Dimension[]
  /** What rows of different times must be told apart by; null: nothing. */
  step: 'minute' | 'hour' | 'day' | null
  timeZone: string
}

/** Below this, asking where summaries are takes longer than they save. */
const worthAskingMs = 2 * 3_600_000

type Source = Level | 'quarter' | 'row'
type Part = { source: Source; range: Range }
export type UsageParts = { view: string; parts: Part[]; step: PartsQuestion['step'] }

/** The parts as one query for a `from`: `time` (when the sums begin), every dimension, the sums and both histograms. */
export function partsQuery(sql: ISql, { view, parts, step }: UsageParts): Fragment {
  return parts
    .map(({ source, range }) => {
      if (source === 'row') return rows(sql, range, step)
      return source === 'quarter' ? rollups(sql, range) : summaries(sql, source, view, range)
    })
    .reduce((all, part) => sql`${all} union all ${part}`)
}

/**
 * Finds out where to read. A summary that is made again before it is read holds the same rows and more: what was found
 * stays right.
 */
export async function findUsageParts(sql: ISql, question: PartsQuestion): Promise<UsageParts> {
  return { view: viewWith(question.uses), parts: await findParts(sql, question), step: question.step }
}

async function findParts(sql: ISql, question: PartsQuestion): Promise<Part[]> {
  const { range, step } = question
  if (step === 'minute') return [{ source: 'row', range }]
  const { buckets, edges } = splitRange(range)
  const rest = edges.map((edge): Part => ({ source: 'row', range: edge }))
  if (!buckets) return rest
  if (range.to.getTime() - range.from.getTime() < worthAskingMs)
    return [{ source: 'quarter', range: buckets }, ...rest]
  return [...(await sealedParts(sql, buckets, question)), ...rest]
}

/** Sealed months first, weeks outside them, then days, then hours, and quarters of an hour where there is none of them. */
async function sealedParts(sql: ISql, buckets: Range, { step, timeZone }: PartsQuestion): Promise<Part[]> {
  const [from, to] = [buckets.from.toISOString(), buckets.to.toISOString()]
  // With an offset of half an hour, an hour of UTC lies in two of the time zone.
  const within = step
    ? sql`date_trunc(${step}, s.start, ${timeZone}) = date_trunc(${step}, s.finish - interval '1 microsecond', ${timeZone})`
    : sql`true`
  // `offset 0`: whether a seal is true takes longest to find out, so it is asked last.
  const sealed = (level: Level) => sql`
    select coalesce(range_agg(tstzrange(s.start, s.finish)), '{}') as spans from (
      select s.* from summary_seals s, outside
      where s.level = ${level} and s.start >= ${from}::timestamptz and s.finish <= ${to}::timestamptz
        and not tstzrange(s.start, s.finish) && outside.spans and ${within} offset 0
    ) s where ${sql.unsafe(isTrue)}`
  const found = await sql<{ source: Source; from: string; to: string }[]>`
    with months as (with outside as (select '{}'::tstzmultirange as spans) ${sealed('month')}),
    weeks as (with outside as (select spans from months) ${sealed('week')}),
    days as (with outside as (select months.spans + weeks.spans as spans from months, weeks) ${sealed('day')}),
    hours as (
      with outside as (select months.spans + weeks.spans + days.spans as spans from months, weeks, days) ${sealed('hour')}
    ),
    quarters as (
      select tstzmultirange(tstzrange(${from}, ${to})) - months.spans - weeks.spans - days.spans - hours.spans as spans
      from months, weeks, days, hours
    )
    select source, to_json(lower(span)) #>> '{}' as from, to_json(upper(span)) #>> '{}' as to
    from (
      select 'month' as source, spans from months union all select 'week', spans from weeks
      union all select 'day', spans from days union all select 'hour', spans from hours
      union all select 'quarter', spans from quarters
    ) sources, unnest(spans) span`
  return found.map((part) => ({
    source: part.source,
    range: { from: new Date(part.from), to: new Date(part.to) },
  }))
}

const plain = `${dimensions}, ${sumColumns}, ${histograms}`

function summaries(sql: ISql, level: string, view: string, { from, to }: Range): Fragment {
  return sql`
    select start as time, ${sql.unsafe(plain)} from summaries
    where level = ${level} and view = ${view}
      and start >= ${from.toISOString()}::timestamptz and start < ${to.toISOString()}::timestamptz`
}

function rollups(sql: ISql, { from, to }: Range): Fragment {
  return sql`
    select bucket as time, ${sql.unsafe(rollupSums)} from rollups
    where bucket >= ${from.toISOString()}::timestamptz and bucket < ${to.toISOString()}::timestamptz`
}

/** The same sums that a single row adds to its rollup. */
function rows(sql: ISql, { from, to }: Range, step: PartsQuestion['step']): Fragment {
  return sql`
    select date_bin(${step === 'minute' ? '1 minute' : '15 minutes'}::interval, ts, 'epoch') as time, ${sql.unsafe(String(dimensions))},
      (outcome <> 'refused')::int::bigint as requests, (outcome in ('error', 'interrupted'))::int::bigint as errors,
      (outcome = 'refused')::int::bigint as refused, input_tokens::bigint, cached_input_tokens::bigint,
      output_tokens::bigint, reasoning_tokens::bigint, cost_nanos,
      case when cost_source <> 'reported' then cost_nanos else 0 end as estimated_cost_nanos,
      case when outcome <> 'refused' then latency_ms else 0 end::bigint as latency_sum_ms,
      case when outcome <> 'refused' then histogram_unit(histogram_bucket(latency_ms)) else 0 end as latency_histogram,
      coalesce(histogram_unit(histogram_bucket(ttft_ms)), 0) as ttft_histogram
    from requests
    where ts >= ${from.toISOString()}::timestamptz and ts < ${to.toISOString()}::timestamptz`
}
