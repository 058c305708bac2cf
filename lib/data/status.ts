import { desc, sql } from 'drizzle-orm'
import { processes, registryVersion } from '@/drizzle/schema'
import type { Db } from './database'

export type Process = typeof processes.$inferSelect

/** Processes that were seen in the last day, newest first. */
export async function recentProcesses(db: Db): Promise<Process[]> {
  return await db
    .select()
    .from(processes)
    .where(sql`${processes.seenAt} > now() - interval '1 day'`)
    .orderBy(desc(processes.seenAt))
    .limit(100)
}

export async function postgresFacts(db: Db): Promise<{ version: string; startedAt: string; now: string }> {
  const [row] = await db.execute<{ version: string; startedAt: string; now: string }>(
    sql`select current_setting('server_version') as version, pg_postmaster_start_time()::text as "startedAt", now()::text as now`,
  )
  if (!row) throw new Error('PostgreSQL answered nothing')
  return row
}

export async function currentRegistryVersion(db: Db): Promise<number> {
  const [row] = await db.select({ version: registryVersion.version }).from(registryVersion)
  return row?.version ?? 0
}
