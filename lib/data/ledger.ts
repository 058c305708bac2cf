import type { Attempt, requests } from '@/drizzle/schema'
import type { Database } from './database'

type Columns = typeof requests.$inferSelect

/** One row of `requests` as the JSON that `foldRequests` takes: database names, times as ISO text, amounts as text. */
export type LedgerRow = {
  id: string
  ts: string
  kind: Columns['kind']
  outcome: Columns['outcome']
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
  charges: object | null
}

const columns = `
  id uuid, ts timestamptz, kind text, outcome text, request_id text, process_id uuid, app_id uuid, app_key_id uuid,
  key_id uuid, pool_id uuid, provider_id uuid, environment text, tenant text, project text, feature text,
  endpoint text, model text, served_model text, stream boolean, input_tokens int, cached_input_tokens int,
  output_tokens int, reasoning_tokens int, cost_nanos bigint, cost_source text, price_id text, latency_ms int,
  ttft_ms int, status smallint, error_class text, error_code text, attempts jsonb, decision jsonb, charges jsonb`

/**
 * Inserts a batch and folds it into the 15-minute rollups, in one statement. Rollups are derived from the rows really
 * inserted, so a batch that is sent again (a lost answer, a replay) changes nothing.
 */
const fold = `
with input as materialized (select * from jsonb_to_recordset($1::text::jsonb) as r(${columns})),
inserted as (
  insert into requests select ${columns.replaceAll(/(\w+) [a-z]+(?=,|$)/g, '$1')} from input
  on conflict (id, ts) do nothing returning *
),
rolled as (
  insert into rollups as r (
    bucket, kind, app_id, key_id, pool_id, provider_id, environment, tenant, project, feature, endpoint, model,
    error_class, requests, errors, refused, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens,
    cost_nanos, estimated_cost_nanos, latency_sum_ms, latency_histogram, ttft_histogram)
  select date_bin('15 minutes', ts, 'epoch'), kind, app_id, key_id, pool_id, provider_id, environment, tenant, project,
    feature, endpoint, model, error_class,
    count(*) filter (where outcome <> 'refused'),
    count(*) filter (where outcome in ('error', 'interrupted')),
    count(*) filter (where outcome = 'refused'),
    sum(input_tokens), sum(cached_input_tokens), sum(output_tokens), sum(reasoning_tokens), sum(cost_nanos),
    coalesce(sum(cost_nanos) filter (where cost_source <> 'reported'), 0),
    coalesce(sum(latency_ms) filter (where outcome <> 'refused'), 0),
    histogram_of(histogram_bucket(latency_ms)) filter (where outcome <> 'refused'),
    histogram_of(histogram_bucket(ttft_ms)) filter (where ttft_ms is not null)
  from inserted group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
  order by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
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
)
select (select count(*) from inserted)::int as inserted, (select count(*) from rolled)::int as rolled`

/** Writes a batch of at most a few hundred `LedgerRow`s, each as JSON; returns how many were new. */
export async function foldRequests({ sql }: Database, rows: string[]): Promise<number> {
  const [result] = await sql.unsafe<{ inserted: number }[]>(fold, [`[${rows.join(',')}]`], { prepare: true })
  return result?.inserted ?? 0
}

/** Makes this month's partition and the next two. */
export async function ensurePartitions({ sql }: Database): Promise<void> {
  await sql`select ensure_request_partitions(now(), 2)`
}
