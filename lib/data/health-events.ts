import type { Database } from './database'

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
