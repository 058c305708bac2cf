import { inArray } from 'drizzle-orm'
import { settings } from '@/drizzle/schema'
import type { Db } from './database'

/** The values of settings that were ever set, by name. */
export async function readSettings(db: Db, names: string[]): Promise<Record<string, unknown>> {
  const rows = await db.select().from(settings).where(inArray(settings.name, names))
  return Object.fromEntries(rows.map((row) => [row.name, row.value]))
}

/** A setting without a value (null or undefined) is removed. */
export async function writeSetting(db: Db, name: string, value: unknown): Promise<void> {
  if (value === null || value === undefined) {
    await db.delete(settings).where(inArray(settings.name, [name]))
    return
  }
  const updatedAt = new Date()
  await db
    .insert(settings)
    .values({ name, value, updatedAt })
    .onConflictDoUpdate({ target: settings.name, set: { value, updatedAt } })
}
