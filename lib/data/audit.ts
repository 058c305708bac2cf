import { audit } from '@/drizzle/schema'
import type { Db } from './database'

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
