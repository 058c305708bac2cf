import { and, eq, gt, inArray, isNull, ne } from 'drizzle-orm'
import { keyHealth, keys, providers, secrets } from '@/drizzle/schema'
import { isId } from '@/lib/id'
import type { Db } from './database'
import type { Page } from './page'

export type Key = typeof keys.$inferSelect
export type NewKey = typeof keys.$inferInsert
export type KeyDetails = {
  key: Key
  provider: string
  sealed: boolean
  health: typeof keyHealth.$inferSelect | null
}

const live = isNull(keys.archivedAt)

function selectKeys(db: Db) {
  return db
    .select({ key: keys, provider: providers.slug, secretRowId: secrets.rowId, health: keyHealth })
    .from(keys)
    .innerJoin(providers, eq(providers.id, keys.providerId))
    .leftJoin(secrets, and(eq(secrets.purpose, 'key'), eq(secrets.rowId, keys.id)))
    .leftJoin(keyHealth, eq(keyHealth.keyId, keys.id))
}

function details({ secretRowId, ...row }: Awaited<ReturnType<typeof selectKeys>>[number]): KeyDetails {
  return { ...row, sealed: secretRowId !== null }
}

export async function listKeys(db: Db, { limit, after }: Page): Promise<KeyDetails[]> {
  const rows = await selectKeys(db)
    .where(and(live, after ? gt(keys.id, after) : undefined))
    .orderBy(keys.id)
    .limit(limit + 1)
  return rows.map(details)
}

export async function findKey(db: Db, id: string): Promise<KeyDetails | undefined> {
  if (!isId(id)) return undefined
  const [row] = await selectKeys(db).where(and(live, eq(keys.id, id)))
  return row && details(row)
}

/** Which of these keys are not archived; texts that are no ids are left out. */
export async function liveKeys(db: Db, ids: string[]): Promise<Set<string>> {
  const rows = await db
    .select({ id: keys.id })
    .from(keys)
    .where(and(live, inArray(keys.id, ids.filter(isId))))
  return new Set(rows.map(({ id }) => id))
}

export async function findKeyByName(db: Db, providerId: string, name: string): Promise<Key | undefined> {
  const [row] = await db
    .select()
    .from(keys)
    .where(and(live, eq(keys.providerId, providerId), eq(keys.name, name)))
  return row
}

/** Held against changes until the transaction ends. */
export async function lockKey(db: Db, id: string): Promise<Key | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select()
    .from(keys)
    .where(and(live, eq(keys.id, id)))
    .for('no key update')
  return row
}

export async function lockKeys(db: Db, ids: string[]): Promise<Key[]> {
  if (ids.length === 0) return []
  return await db
    .select()
    .from(keys)
    .where(and(live, inArray(keys.id, ids)))
    .orderBy(keys.id)
    .for('share')
}

/** Another live key of the provider with the same secret. */
export async function findSameSecret(
  db: Db,
  { id, providerId, fingerprint }: Pick<NewKey, 'id' | 'providerId'> & { fingerprint: string },
): Promise<Key | undefined> {
  const [row] = await db
    .select()
    .from(keys)
    .where(and(live, eq(keys.providerId, providerId), eq(keys.fingerprint, fingerprint), ne(keys.id, id)))
  return row
}

export async function insertKey(db: Db, values: NewKey): Promise<void> {
  await db.insert(keys).values(values)
}

export async function updateKey(db: Db, id: string, values: Partial<NewKey>): Promise<void> {
  await db.update(keys).set(values).where(eq(keys.id, id))
}
