import type { Database } from './database'

/**
 * Removes what nobody will ask for again. Requests are not among it: they go by whole months, see retention. Returns how
 * many rows went, by table.
 */
export async function removeOldRows({ sql }: Database): Promise<Record<string, number>> {
  const removed: Record<string, number> = {}
  const count = async (table: string, deletion: Promise<{ count: number }>) => {
    const { count: rows } = await deletion
    if (rows > 0) removed[table] = rows
  }
  await count(
    'job_runs',
    // What went well is of interest for a day, of frequent jobs for an hour; what failed for longer.
    sql`
      delete from job_runs r using jobs j
      where j.job = r.job and r.ended_at is not null and r.started_at < now() - case
        when r.error is not null then interval '30 days'
        when j.interval_ms < 600000 then interval '1 hour'
        else interval '30 days' end`,
  )
  await count('jobs', sql`delete from jobs where due_at < now() - interval '7 days'`)
  await count('processes', sql`delete from processes where seen_at < now() - interval '1 day'`)
  await count('vault_tasks', sql`delete from vault_tasks where created_at < now() - interval '1 hour'`)
  await count(
    'sessions',
    sql`delete from sessions where coalesce(revoked_at, expires_at) < now() - interval '30 days'`,
  )
  await count(
    'invites',
    sql`delete from invites where coalesce(used_at, expires_at) < now() - interval '30 days'`,
  )
  await count('health_events', sql`delete from health_events where ts < now() - interval '90 days'`)
  await count(
    'key_checks',
    sql`delete from key_checks c using keys k where k.id = c.key_id and k.archived_at < now() - interval '1 day'`,
  )
  return removed
}
