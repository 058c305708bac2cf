/** What apps and their keys did: sums of the month, and the last call. */
import { isId } from '@/lib/id'
import { startOf } from '@/lib/time-zone'
import type { Database } from './database'
import { findUsageParts, partsQuery } from './usage-parts'
import { bucketEnd } from './usage-range'

export type AppActivity = {
  app_id: string
  /** App keys that can be used now. */
  keys: number
  /** Since the organisation's month began. */
  requests: number
  errors: number
  refused: number
  cost_nanos: string
  last_call_at: string | null
}

const iso = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`

/** Of every live app, by id. */
export async function readAppActivity(
  { sql }: Database,
  timeZone: string,
): Promise<Map<string, AppActivity>> {
  const now = new Date()
  const range = { from: startOf('month', now, timeZone), to: bucketEnd(now) }
  const parts = await findUsageParts(sql, { range, uses: ['app_id'], step: null, timeZone })
  const rows = await sql<AppActivity[]>`
    with sums as (
      select app_id, sum(requests) as requests, sum(errors) as errors, sum(refused) as refused, sum(cost_nanos) as cost_nanos
      from (${partsQuery(sql, parts)}) parts where kind = 'call' and app_id is not null
      group by app_id
    ),
    usable as (
      select app_id, count(*) as keys from app_keys
      where status = 'enabled' and (expires_at is null or expires_at > now())
      group by app_id
    )
    select a.id as app_id, coalesce(u.keys, 0)::int as keys, coalesce(s.requests, 0)::float8 as requests,
      coalesce(s.errors, 0)::float8 as errors, coalesce(s.refused, 0)::float8 as refused,
      coalesce(s.cost_nanos, 0)::text as cost_nanos, to_char(last.ts, ${sql.unsafe(iso)}) as last_call_at
    from apps a
    left join sums s on s.app_id = a.id
    left join usable u on u.app_id = a.id
    left join lateral (
      select ts from requests where app_id = a.id and kind = 'call' order by ts desc limit 1
    ) last on true
    where a.archived_at is null`
  return new Map(rows.map((row) => [row.app_id, row]))
}

/** When each key of an app was last used, by key id; keys that never were are missing. */
export async function readAppKeyUse({ sql }: Database, appId: string): Promise<Map<string, string>> {
  if (!isId(appId)) return new Map()
  const rows = await sql<{ id: string; at: string }[]>`
    select k.id, to_char(last.ts, ${sql.unsafe(iso)}) as at
    from app_keys k
    join lateral (select ts from requests where app_key_id = k.id order by ts desc limit 1) last on true
    where k.app_id = ${appId}`
  return new Map(rows.map((row) => [row.id, row.at]))
}
