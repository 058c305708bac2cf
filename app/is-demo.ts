import { portalDatabase } from '@/lib/data/portal-database'
import { readSettings } from '@/lib/data/settings'

let known: boolean | undefined

/** Whether all data is simulated; false while the database does not answer. It cannot change while we run. */
export async function isDemo(): Promise<boolean> {
  try {
    known ??= (await readSettings(portalDatabase().db, ['demo'])).demo === true
    return known
  } catch {
    return false
  }
}
