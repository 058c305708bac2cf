import { audit } from '@/drizzle/schema'
import type { Database, Db } from './database'

export type AuditRow = {
  actor: string
  action: string
  resource: string
  resourceId: string
  details: Record<string, unknown>
}

export async function insertAudit(db: Db, row: AuditRow): Promise<void> {
  await db.insert(audit).values(row)
}

/** `at`: milliseconds since the epoch. */
export type KeyUseRow = { key_id: string; at: number; disabled: boolean; by: string }

/** When keys were disabled and put to use again, and by whom, in order of time: of each the latest 500 of these changes. */
export async function readKeyUse({ sql }: Database, keyIds: string[]): Promise<KeyUseRow[]> {
  return await sql<KeyUseRow[]>`
    select wanted.id as key_id, (extract(epoch from ts) * 1000)::float8 as at, disabled, by
    from unnest(${keyIds}::text[]) as wanted(id), lateral (
      select seq, ts, coalesce(details ->> 'status', action) in ('disabled', 'disable') as disabled,
        regexp_replace(actor, '^(session|token):', '') as by
      from audit where resource = 'key' and resource_id = wanted.id
        and (action in ('disable', 'enable') or details ? 'status')
      order by seq desc limit 500
    ) latest order by seq`
}
