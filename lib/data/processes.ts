import { eq, lt, sql } from 'drizzle-orm'
import { processes } from '@/drizzle/schema'
import type { Db } from './database'

export type ProcessRow = typeof processes.$inferInsert

/** Says that this process lives. */
export async function markProcess(db: Db, row: ProcessRow): Promise<void> {
  await db
    .insert(processes)
    .values(row)
    .onConflictDoUpdate({ target: processes.id, set: { seenAt: sql`now()` } })
}

export async function forgetProcess(db: Db, id: string): Promise<void> {
  await db.delete(processes).where(eq(processes.id, id))
}

/** Processes that have not been seen for an hour are gone. */
export async function forgetDeadProcesses(db: Db): Promise<void> {
  await db.delete(processes).where(lt(processes.seenAt, sql`now() - interval '1 hour'`))
}
