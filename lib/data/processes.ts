import { and, asc, eq, gt, ne, sql } from 'drizzle-orm'
import { processes } from '@/drizzle/schema'
import type { Db } from './database'

export type ProcessRow = typeof processes.$inferInsert

/** Says that this process lives. */
export async function markProcess(db: Db, row: ProcessRow): Promise<void> {
  await db
    .insert(processes)
    .values(row)
    .onConflictDoUpdate({ target: processes.id, set: { seenAt: sql`now()`, details: row.details ?? {} } })
}

/** Ids of the gateways that have been seen in the last fifteen seconds, in an order that all of them agree on. */
export async function livingGateways(db: Db): Promise<string[]> {
  const rows = await db
    .select({ id: processes.id })
    .from(processes)
    .where(and(ne(processes.role, 'portal'), gt(processes.seenAt, sql`now() - interval '15 seconds'`)))
    .orderBy(asc(processes.id))
  return rows.map(({ id }) => id)
}

export async function forgetProcess(db: Db, id: string): Promise<void> {
  await db.delete(processes).where(eq(processes.id, id))
}
