import type { Database } from './database'
import type { Range } from './usage-range'

export type HealthEvent = {
  id: string
  /** To the microsecond. */
  ts: string
  key_id: string
  key_name: string | null
  signal: 'canary' | 'real'
  result: string
  error_class: string | null
  details: unknown
}

/** Newest first; `after` is the last row of the page before. */
export async function listHealthEvents(
  { sql }: Database,
  keyId: string | undefined,
  after: { ts: string; id: string } | undefined,
  limit: number,
): Promise<HealthEvent[]> {
  const ofKey = keyId ? sql`e.key_id = ${keyId}` : sql`true`
  const position = after ? sql`and (e.ts, e.id) < (${after.ts}::timestamptz, ${after.id}::uuid)` : sql``
  return await sql<HealthEvent[]>`
    select e.id, to_char(e.ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ts, e.key_id, k.name as key_name,
      e.signal, e.result, e.error_class, e.details
    from health_events e left join keys k on k.id = e.key_id
    where ${ofKey} ${position} order by e.ts desc, e.id desc limit ${limit}`
}

/** Times are milliseconds since the epoch. */
export type HealthChangeRow = {
  key_id: string
  at: number
  state: 'up' | 'cooling' | 'down'
  model: string | null
  signal: HealthEvent['signal']
  reason: string | null
  next_try_at: number | null
}

/**
 * Of each key its latest `limit` events within the range, and the last ones before it: of the key itself, and of models,
 * which cool down for an hour or so, of the day before. In order of time.
 */
export async function readHealthChanges(
  { sql }: Database,
  keyIds: string[],
  { from, to }: Range,
  limit: number,
): Promise<HealthChangeRow[]> {
  const start = sql`${from.toISOString()}::timestamptz`
  return await sql<HealthChangeRow[]>`
    select key_id, (extract(epoch from ts) * 1000)::float8 as at, result as state, details ->> 'model' as model, signal,
      error_class as reason, (extract(epoch from (details ->> 'next_try_at')::timestamptz) * 1000)::float8 as next_try_at
    from unnest(${keyIds}::uuid[]) as wanted(id), lateral (
      (select * from health_events where key_id = wanted.id and ts >= ${start}
        and ts < ${to.toISOString()}::timestamptz order by ts desc, id desc limit ${limit})
      union all
      (select * from health_events where key_id = wanted.id and ts < ${start} and not details ? 'model'
        order by ts desc, id desc limit 1)
      union all
      (select distinct on (details ->> 'model') * from health_events
        where key_id = wanted.id and ts < ${start} and ts >= ${start} - interval '1 day' and details ? 'model'
        order by details ->> 'model', ts desc, id desc)
    ) found
    order by ts, found.id`
}
