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
  /** How many. */
  attempts: number
  outcome: 'ok' | 'error' | 'refused' | 'client_closed' | 'interrupted'
  error_code: string | null
  stream: boolean
  app_name: string | null
  key_name: string | null
  kind: 'call' | 'probe'
}

/** The last row of the page before. */
export type RequestPosition = { ts: string; id: string }

/** `ownerEmail`: only the apps of the member with this e-mail; null: everyone's. */
export type RequestQuestion = RequestFilters & { ownerEmail: string | null }

/** Newest first. */
export async function listRequests(
  { sql }: Database,
  filters: RequestQuestion,
  after: RequestPosition | undefined,
  limit: number,
): Promise<RequestRow[]> {
  const ids = await findIds(sql, filters)
  if (Object.values(ids).some((found) => found.length === 0)) return []
  const position = after ? sql`and (r.ts, r.id) < (${after.ts}::timestamptz, ${after.id}::uuid)` : sql``
  // Of one app or key after the other: each has an index by time, and no index has the calls of several in order.
  const by = ids.app_id ? 'app_id' : 'key_id'
  const { [by]: each, ...others } = ids
  const newest = (more: Fragment) => sql`
    select r.* from requests r where ${conditions(sql, filters, others)} ${more} ${position}
    order by r.ts desc, r.id desc limit ${limit}`
  const found = each
    ? sql`select r.* from unnest(${each}::uuid[]) one, lateral (${newest(sql`and r.${sql(by)} = one`)}) r`
    : newest(sql``)
  return await sql<RequestRow[]>`
    select ${columns(sql)}, jsonb_array_length(r.attempts) as attempts from (${found}) r ${names(sql)}
    order by r.ts desc, r.id desc limit ${limit}`
}

export type RequestDetails = Omit<RequestRow, 'attempts'> & {
  attempts: Attempt[]
  decision: unknown
  app_key_id: string | null
  app_key_name: string | null
}

export async function findRequest(
  { sql }: Database,
  id: string,
  ownerEmail: string | null,
): Promise<RequestDetails | undefined> {
  if (!isId(id)) return undefined
  const owned = ownerEmail === null ? sql`true` : sql`lower(a.owner_email) = lower(${ownerEmail})`
  const [row] = await sql<RequestDetails[]>`
    select ${columns(sql)}, r.attempts, r.decision, r.app_key_id, y.name as app_key_name
    from requests r ${names(sql)} left join app_keys y on y.id = r.app_key_id
    where r.id = ${id} and ${owned}`
  return row
}

export type UnpricedModel = { provider: string | null; model: string; requests: number }

/** The models of calls whose price is not known, those with most calls first. */
export async function listUnpriced({ sql }: Database, filters: RequestQuestion): Promise<UnpricedModel[]> {
  const ids = await findIds(sql, filters)
  return await sql<UnpricedModel[]>`
    select v.slug as provider, r.served_model as model, count(*)::int as requests
    from requests r left join providers v on v.id = r.provider_id
    where ${conditions(sql, filters, ids)} and r.cost_source = 'unknown'
    group by v.slug, r.served_model order by requests desc, model`
}

function columns(sql: Sql): Fragment {
  return sql`
    r.id, to_char(r.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ts, r.request_id, r.app_id, r.key_id,
      o.slug as pool, v.slug as provider, r.environment, r.tenant, r.project, r.feature, r.endpoint, r.model,
      r.served_model, r.input_tokens, r.cached_input_tokens, r.output_tokens, r.reasoning_tokens,
      r.cost_nanos::text as cost_nanos, r.cost_source, r.latency_ms, r.ttft_ms, r.status, r.error_class,
      r.outcome, r.error_code, r.stream, a.name as app_name, k.name as key_name, r.kind`
}

function names(sql: Sql): Fragment {
  return sql`
    left join apps a on a.id = r.app_id
    left join keys k on k.id = r.key_id
    left join pools o on o.id = r.pool_id
    left join providers v on v.id = r.provider_id`
}

type Ids = Partial<Record<'app_id' | 'key_id' | 'pool_id' | 'provider_id', string[]>>

/** The ids that names, slugs and an owner stand for. An index is of use only when they are known before the calls are read. */
async function findIds(sql: Sql, { app, key, pool, provider, ownerEmail }: RequestQuestion): Promise<Ids> {
  const named = async (table: string, column: string, wanted: string[] | undefined, more = sql`true`) => {
    const rows = await sql<{ id: string }[]>`
      select id from ${sql(table)}
      where ${wanted ? sql`(id::text = any(${wanted}) or ${sql(column)} = any(${wanted}))` : sql`true`} and ${more}`
    return rows.map(({ id }) => id)
  }
  const owned = ownerEmail === null ? undefined : sql`lower(owner_email) = lower(${ownerEmail})`
  const [app_id, key_id, pool_id, provider_id] = await Promise.all([
    app || owned ? named('apps', 'name', app, owned) : undefined,
    key && named('keys', 'name', key),
    pool && named('pools', 'slug', pool),
    provider && named('providers', 'slug', provider),
  ])
  return {
    ...(app_id && { app_id }),
    ...(key_id && { key_id }),
    ...(pool_id && { pool_id }),
    ...(provider_id && { provider_id }),
  }
}

function conditions(sql: Sql, filters: RequestQuestion, ids: Ids): Fragment {
  const { from, to, app, key, pool, provider, include, ownerEmail, ...equal } = filters
  const parts = [
    ...(from ? [sql`r.ts >= ${from.toISOString()}::timestamptz`] : []),
    ...(to ? [sql`r.ts < ${to.toISOString()}::timestamptz`] : []),
    ...Object.entries(ids).map(([column, wanted]) => sql`r.${sql(column)} = any(${wanted}::uuid[])`),
    ...Object.entries(equal).flatMap(([column, value]) =>
      value === undefined ? [] : [sql`r.${sql(column)} = any(${[value].flat()})`],
    ),
  ]
  const kinds = include === 'probes' ? sql`true` : sql`r.kind = 'call'`
  return parts.reduce((all, part) => sql`${all} and ${part}`, kinds)
}
