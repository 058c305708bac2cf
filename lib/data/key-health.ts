import { gt, sql } from 'drizzle-orm'
import { healthEvents, keyHealth } from '@/drizzle/schema'
import type { Db } from './database'

export type KeyHealthRow = typeof keyHealth.$inferSelect
export type HealthEventRow = typeof healthEvents.$inferInsert

/** What has been written since `since` (database time, as read before), and the time to ask with next. */
export async function readKeyHealth(db: Db, since: Date): Promise<{ rows: KeyHealthRow[]; readAt: Date }> {
  const rows = await db.select().from(keyHealth).where(gt(keyHealth.updatedAt, since))
  const newest = rows.reduce((latest, row) => Math.max(latest, row.updatedAt.getTime()), since.getTime())
  // Transactions may commit a little out of order.
  return { rows, readAt: new Date(Math.max(0, newest - 2000)) }
}

export async function writeKeyHealth(
  db: Db,
  rows: (typeof keyHealth.$inferInsert)[],
  events: HealthEventRow[],
): Promise<void> {
  if (rows.length > 0) {
    await db
      .insert(keyHealth)
      .values(rows)
      .onConflictDoUpdate({
        target: keyHealth.keyId,
        set: {
          state: sql`excluded.state`,
          score: sql`excluded.score`,
          reason: sql`excluded.reason`,
          since: sql`excluded.since`,
          nextTryAt: sql`excluded.next_try_at`,
          lastError: sql`excluded.last_error`,
          details: sql`excluded.details`,
          updatedAt: sql`now()`,
        },
      })
  }
  if (events.length > 0) await db.insert(healthEvents).values(events)
}
