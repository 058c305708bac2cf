import type { Database } from '@/lib/data/database'
import { dropPartition, dropStragglers, makePartitions, oldPartitions } from '@/lib/data/retention'
import { readSettings } from '@/lib/data/settings'
import { settings } from '@/lib/schemas/settings'

export type RetentionReport = { made: number; dropped: string[]; stragglers: number }

/**
 * Makes the months of `requests` that are to come, and drops those that ended longer ago than the setting says. Sums of
 * hours and days are kept, and so are the totals of what is dropped: the self-audit still compares them.
 */
export async function applyRetention(
  database: Database,
  now: Date,
  signal?: AbortSignal,
): Promise<RetentionReport> {
  const { retention_months } = settings.parse(await readSettings(database.db, ['retention_months']))
  const oldest = monthsBefore(now, retention_months)
  const made = await makePartitions(database, now, oldest)
  const dropped: string[] = []
  for (const name of await oldPartitions(database, oldest)) {
    signal?.throwIfAborted()
    await dropPartition(database, name)
    dropped.push(name)
  }
  const stragglers = await dropStragglers(database, oldest)
  return { made, dropped, stragglers }
}

/** The same day of an earlier month, or that month's last day. */
export function monthsBefore(now: Date, months: number): Date {
  const day = new Date(now)
  day.setUTCMonth(now.getUTCMonth() - months, 1)
  const last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate()
  day.setUTCDate(Math.min(now.getUTCDate(), last))
  return day
}
