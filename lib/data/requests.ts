import type { Fragment, Sql } from 'postgres'
import type { Attempt } from '@/drizzle/schema'
import { isId } from '@/lib/id'
import type { RequestFilters } from '@/lib/schemas/requests'
import type { Database } from './database'

/** A ledger row with the names that belong to its ids; `ts` to the microsecond. */
export type RequestRow = {
  id: string
  ts: string
  request_id: string
  app_id: string | null
  key_id: string | null
  pool: string | null
  provider: string | null
  environment: string
  tenant: string
  project: string
  feature: string
  endpoint: string
  model: string
  served_model: string
  input_tokens: number
  cached_input_tokens: number
  output_tokens: number
  reasoning_tokens: number
  cost_nanos: string
  cost_source: 'reported' | 'estimated' | 'unknown'
  latency_ms: number
  ttft_ms: number | null
  status: number
  error_class: string | null
  attempts: Attempt[]
  decision: unknown
  outcome: 'ok' | 'error' | 'refused' | 'client_closed' | 'interrupted'
  error_code: string | null
  stream: boolean
  app_name: string | null
  key_name: string | null
  kind: 'call' | 'probe'
}

/** The last row of the page before. */
export type RequestPosition = { ts: string; id: string }

/** Newest first. */
export async function listRequests(
  { sql }: Database,
  filters: RequestFilters,
  after: RequestPosition | undefined,
  limit: number,
): Promise<RequestRow[]> {
  const position = after ? sql`and (r.ts, r.id) < (${after.ts}::timestamptz, ${after.id}::uuid)` : sql``
  return await sql<RequestRow[]>`
    ${select(sql)} where ${conditions(sql, filters)} ${position} order by r.ts desc, r.id desc limit ${limit}`
}

export async function findRequest({ sql }: Database, id: string): Promise<RequestRow | undefined> {
  if (!isId(id)) return undefined
  const [row] = await sql<RequestRow[]>`${select(sql)} where r.id = ${id}`
  return row
}

function select(sql: Sql): Fragment {
  return sql`
    select r.id, to_char(r.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ts, r.request_id, r.app_id, r.key_id,
      o.slug as pool, v.slug as provider, r.environment, r.tenant, r.project, r.feature, r.endpoint, r.model,
      r.served_model, r.input_tokens, r.cached_input_tokens, r.output_tokens, r.reasoning_tokens,
      r.cost_nanos::text as cost_nanos, r.cost_source, r.latency_ms, r.ttft_ms, r.status, r.error_class, r.attempts,
      r.decision, r.outcome, r.error_code, r.stream, a.name as app_name, k.name as key_name, r.kind
    from requests r
    left join apps a on a.id = r.app_id
    left join keys k on k.id = r.key_id
    left join pools o on o.id = r.pool_id
    left join providers v on v.id = r.provider_id`
}

function conditions(sql: Sql, filters: RequestFilters): Fragment {
  const { from, to, app, key, pool, provider, include, ...equal } = filters
  const named: [string | undefined, (value: string) => Fragment][] = [
    [from?.toISOString(), (value) => sql`r.ts >= ${value}::timestamptz`],
    [to?.toISOString(), (value) => sql`r.ts < ${value}::timestamptz`],
    [app, (value) => sql`(r.app_id::text = ${value} or a.name = ${value})`],
    [key, (value) => sql`(r.key_id::text = ${value} or k.name = ${value})`],
    [pool, (value) => sql`(r.pool_id::text = ${value} or o.slug = ${value})`],
    [provider, (value) => sql`(r.provider_id::text = ${value} or v.slug = ${value})`],
  ]
  const parts = [
    ...named.flatMap(([value, condition]) => (value === undefined ? [] : [condition(value)])),
    ...Object.entries(equal).flatMap(([column, value]) =>
      value === undefined ? [] : [sql`r.${sql(column)} = ${value}`],
    ),
  ]
  const kinds = include === 'probes' ? sql`true` : sql`r.kind = 'call'`
  return parts.reduce((all, part) => sql`${all} and ${part}`, kinds)
}
