import type { Database } from '@/lib/data/database'
import { readSettings } from '@/lib/data/settings'
import { dueSummaries, forgetOtherZones, summarise } from '@/lib/data/summaries'
import { timeZone } from '@/lib/schemas/settings'

const batch = 100

/**
 * Sums up the hours, days, weeks and months that have ended or have changed, the newest first, for about `patienceMs`.
 * What is left is for the next run: until then pages read finer sums, and only take longer.
 */
export async function summariseUsage(
  database: Database,
  patienceMs = 20_000,
): Promise<{ made: number; done: boolean }> {
  const { time_zone } = await readSettings(database.db, ['time_zone'])
  const zone = timeZone.catch('UTC').parse(time_zone)
  await forgetOtherZones(database, zone)
  const end = performance.now() + patienceMs
  let made = 0
  for (;;) {
    const due = await dueSummaries(database, zone, batch)
    // A month is due once its days are there: only when nothing is due everything is done.
    if (due.length === 0) return { made, done: true }
    for (const one of due) {
      if (performance.now() > end) return { made, done: false }
      await summarise(database, one)
      made++
    }
  }
}
