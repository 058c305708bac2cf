import { and, eq, gt, inArray, isNull, ne, or, type SQL, sql } from 'drizzle-orm'
import { appKeys, apps } from '@/drizzle/schema'
import { isId } from '@/lib/id'
import type { Db } from './database'
import type { Page } from './page'

export type App = typeof apps.$inferSelect
type NewApp = typeof apps.$inferInsert

const live = isNull(apps.archivedAt)

/** Only the apps of the member with this e-mail; null: everyone's. */
const ownedBy = (ownerEmail: string | null): SQL | undefined =>
  ownerEmail === null ? undefined : eq(sql`lower(${apps.ownerEmail})`, ownerEmail.toLowerCase())

export async function listApps(db: Db, { limit, after }: Page, ownerEmail: string | null): Promise<App[]> {
  return await db
    .select()
    .from(apps)
    .where(and(live, ownedBy(ownerEmail), after ? gt(apps.id, after) : undefined))
    .orderBy(apps.id)
    .limit(limit + 1)
}

export async function findApp(db: Db, id: string, ownerEmail: string | null): Promise<App | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select()
    .from(apps)
    .where(and(live, ownedBy(ownerEmail), eq(apps.id, id)))
  return row
}

/** Whether each of `references`, ids or names, is an app of this owner; archived ones keep their history. */
export async function ownsApps(db: Db, references: string[], ownerEmail: string): Promise<boolean> {
  const rows = await db
    .select({ id: apps.id, name: apps.name })
    .from(apps)
    .where(
      and(
        ownedBy(ownerEmail),
        or(inArray(apps.name, references), inArray(sql`${apps.id}::text`, references)),
      ),
    )
  const known = new Set(rows.flatMap(({ id, name }) => [id, name]))
  return references.every((reference) => known.has(reference))
}

export async function findAppByName(db: Db, name: string): Promise<App | undefined> {
  const [row] = await db
    .select()
    .from(apps)
    .where(and(live, eq(apps.name, name)))
  return row
}

/** Held against changes until the transaction ends. */
export async function lockApp(db: Db, id: string): Promise<App | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select()
    .from(apps)
    .where(and(live, eq(apps.id, id)))
    .for('no key update')
  return row
}

export async function insertApp(db: Db, values: NewApp): Promise<App> {
  const [row] = await db.insert(apps).values(values).returning()
  if (!row) throw new Error('insert returned no row')
  return row
}

export async function updateApp(db: Db, id: string, values: Partial<NewApp>): Promise<App> {
  const [row] = await db.update(apps).set(values).where(eq(apps.id, id)).returning()
  if (!row) throw new Error('update found no row')
  return row
}

/** Archives the app and revokes its keys, whose ids are returned. */
export async function archiveApp(db: Db, id: string): Promise<string[]> {
  await db.update(apps).set({ archivedAt: new Date() }).where(eq(apps.id, id))
  const revoked = await db
    .update(appKeys)
    .set({ status: 'revoked' })
    .where(and(eq(appKeys.appId, id), ne(appKeys.status, 'revoked')))
    .returning({ id: appKeys.id })
  return revoked.map((key) => key.id)
}
