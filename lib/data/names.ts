import { inArray } from 'drizzle-orm'
import { apps, keys } from '@/drizzle/schema'
import { isId } from '@/lib/id'
import type { Db } from './database'

/** The names of apps and keys, archived ones too, by id. Texts that are no ids are left out. */
export async function readNames(
  db: Db,
  ids: { apps: string[]; keys: string[] },
): Promise<Map<string, string>> {
  const [appIds, keyIds] = [ids.apps.filter(isId), ids.keys.filter(isId)]
  const rows = await Promise.all([
    appIds.length > 0
      ? db.select({ id: apps.id, name: apps.name }).from(apps).where(inArray(apps.id, appIds))
      : [],
    keyIds.length > 0
      ? db.select({ id: keys.id, name: keys.name }).from(keys).where(inArray(keys.id, keyIds))
      : [],
  ])
  return new Map(rows.flat().map(({ id, name }) => [id, name]))
}
