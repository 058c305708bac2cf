import type { Db } from '@/lib/data/database'
import { readSettings } from '@/lib/data/settings'
import { timeZone } from '@/lib/schemas/settings'

/** The time zone of the organisation's days and months. */
export async function organisationZone(db: Db): Promise<string> {
  const { time_zone } = await readSettings(db, ['time_zone'])
  return timeZone.catch('UTC').parse(time_zone)
}
