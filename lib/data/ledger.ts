import type { Attempt, requests } from '@/drizzle/schema'
import { TooLate, within } from '@/lib/within'
import { connect, type Database } from './database'
import { dimensions, noteLate } from './summaries'

type Columns = typeof requests.$inferSelect

/** What a call cost one budget window, and how much of it the lease of the call's process covers; times as ISO text. */
export type Charge = {
  budget_id: string
  window_start: string
  window_end: string
  nanos: number
  leased: number
}

/** What a row says of a call from the choice of its key on. Database names, times as ISO text, amounts as text. */
export type BegunHalf = {
  id: string
  ts: string
  kind: Columns['kind']
  request_id: string
  process_id: string
  app_id: string | null
  app_key_id: string | null
  key_id: string | null
  pool_id: string | null
  provider_id: string | null
  environment: string
  tenant: string
  project: string
  feature: string
  endpoint: string
  model: string
  served_model: string
  stream: boolean
}

/** What its end adds. */
export type EndedHalf = {
  outcome: Columns['outcome']
  input_tokens: number
  cached_input_tokens: number
  output_tokens: number
  reasoning_tokens: number
  cost_nanos: string
  cost_source: Columns['costSource']
  price_id: string | null
  latency_ms: number
  ttft_ms: number | null
  status: number
  error_class: string | null
  error_code: string | null
  attempts: Attempt[]
  decision: object | null
  charges: Charge[] | null
}

/** One row of `requests` as the JSON that `foldRequests` takes. */
export type LedgerRow = BegunHalf & EndedHalf

const columns = `
  id uuid, ts timestamptz, kind text, outcome text, request_id text, process_id uuid, app_id uuid, app_key_id uuid,
  key_id uuid, pool_id uuid, provider_id uuid, environment text, tenant text, project text, feature text,
  endpoint text, model text, served_model text, stream boolean, input_tokens int, cached_input_tokens int,
  output_tokens int, reasoning_tokens int, cost_nanos bigint, cost_source text, price_id text, latency_ms int,
  ttft_ms int, status smallint, error_class text, error_code text, attempts jsonb, decision jsonb, charges jsonb`

/** The rollups that rows make. `source` is a table or query with the columns of `requests`, named in the statement. */
export const rollUp = (source: string) => `
  select date_bin('15 minutes', ts, 'epoch') as bucket, ${dimensions},
    count(*) filter (where outcome <> 'refused') as requests,
    count(*) filter (where outcome in ('error', 'interrupted')) as errors,
    count(*) filter (where outcome = 'refused') as refused,
    sum(input_tokens) as input_tokens, sum(cached_input_tokens) as cached_input_tokens,
    sum(output_tokens) as output_tokens, sum(reasoning_tokens) as reasoning_tokens, sum(cost_nanos) as cost_nanos,
    coalesce(sum(cost_nanos) filter (where cost_source <> 'reported'), 0) as estimated_cost_nanos,
    coalesce(sum(latency_ms) filter (where outcome <> 'refused'), 0) as latency_sum_ms,
    histogram_of(histogram_bucket(latency_ms)) filter (where outcome <> 'refused') as latency_histogram,
    histogram_of(histogram_bucket(ttft_ms)) filter (where ttft_ms is not null) as ttft_histogram
  from ${source} group by bucket, ${dimensions}`

export const rollupColumns = `bucket, ${dimensions}, requests, errors, refused, input_tokens, cached_input_tokens,
    output_tokens, reasoning_tokens, cost_nanos, estimated_cost_nanos, latency_sum_ms, latency_histogram, ttft_histogram`

/**
 * Inserts a batch, folds it into the 15-minute rollups and posts its charges to budgets, in one statement. Everything
 * is derived from the rows really inserted, so a batch that is sent again (a lost answer, a replay) changes nothing.
 */
const fold = `
with input as materialized (select * from jsonb_to_recordset($1::text::jsonb) as r(${columns})),
inserted as (
  insert into requests select ${columns.replaceAll(/(\w+) [a-z]+(?=,|$)/g, '$1')} from input
  on conflict (id, ts) do nothing returning *
),
rolled as (
  insert into rollups as r (${rollupColumns})
  ${rollUp('inserted')}
  order by bucket, ${dimensions}
  on conflict on constraint rollups_dimensions do update set
    requests = r.requests + excluded.requests, errors = r.errors + excluded.errors,
    refused = r.refused + excluded.refused, input_tokens = r.input_tokens + excluded.input_tokens,
    cached_input_tokens = r.cached_input_tokens + excluded.cached_input_tokens,
    output_tokens = r.output_tokens + excluded.output_tokens,
    reasoning_tokens = r.reasoning_tokens + excluded.reasoning_tokens,
    cost_nanos = r.cost_nanos + excluded.cost_nanos,
    estimated_cost_nanos = r.estimated_cost_nanos + excluded.estimated_cost_nanos,
    latency_sum_ms = r.latency_sum_ms + excluded.latency_sum_ms,
    latency_histogram = histogram_add(r.latency_histogram, excluded.latency_histogram),
    ttft_histogram = histogram_add(r.ttft_histogram, excluded.ttft_histogram)
  returning 1
),
late as (${noteLate}),
charge as (
  select process_id, budget_id, window_start, max(window_end) as window_end, sum(nanos) as nanos, sum(leased) as leased
  from inserted, jsonb_to_recordset(charges)
    as c(budget_id uuid, window_start timestamptz, window_end timestamptz, nanos bigint, leased bigint)
  where charges is not null
  group by 1, 2, 3
)
select (select count(*) from inserted)::int as inserted, (select count(*) from rolled)::int as rolled,
  post_charges((select jsonb_agg(charge) from charge)) as posted`

/** Writes a batch of at most a few hundred `LedgerRow`s, each as JSON; returns how many were new. */
export async function foldRequests(database: Database, rows: string[]): Promise<number> {
  return await foldBatch(database, `[${rows.join(',')}]`)
}

async function foldBatch({ sql }: Database, rows: string): Promise<number> {
  const [result] = await sql.unsafe<{ inserted: number }[]>(fold, [rows], { prepare: true })
  return result?.inserted ?? 0
}

/** A batch takes tens of milliseconds; behind locks or a checkpoint seconds. */
const foldDeadlineMs = 10_000

/**
 * `foldRequests` over a connection of its own, for rows that are a JSON array already. A database can hang without failing, and a client library with it: after
 * the deadline the connection is given up and the batch may be sent again, over a new one.
 */
export function ledgerConnection({ url }: Database) {
  const open = () => connect(url, { max: 1, name: 'akcp-ledger' })
  let database = open()
  return {
    async fold(rows: string): Promise<number> {
      const used = database
      try {
        return await within(foldDeadlineMs, foldBatch(used, rows))
      } catch (error) {
        if (error instanceof TooLate && used === database) {
          database = open()
          void used.sql.end({ timeout: 0 }).catch(() => {})
        }
        throw error
      }
    },
    /** To be called when nothing is left to write, or nothing can be. */
    close: () => database.sql.end({ timeout: 1 }),
  }
}

/** Makes this month's partition and the next two. */
export async function ensurePartitions({ sql }: Database): Promise<void> {
  await sql`select ensure_request_partitions(now(), 2)`
}
