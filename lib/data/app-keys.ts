/** App keys without their digest, which only the gateway reads. */
import { and, eq, gt } from 'drizzle-orm'
import { appKeys } from '@/drizzle/schema'
import { isId } from '@/lib/id'
import type { Db } from './database'
import type { Page } from './page'

const columns = {
  id: appKeys.id,
  appId: appKeys.appId,
  name: appKeys.name,
  publicId: appKeys.publicId,
  last4: appKeys.last4,
  status: appKeys.status,
  allowedModels: appKeys.allowedModels,
  limits: appKeys.limits,
  expiresAt: appKeys.expiresAt,
  createdAt: appKeys.createdAt,
}

export type AppKey = Omit<typeof appKeys.$inferSelect, 'digest' | 'version'>
export type NewAppKey = typeof appKeys.$inferInsert

export async function listAppKeys(db: Db, appId: string, { limit, after }: Page): Promise<AppKey[]> {
  return await db
    .select(columns)
    .from(appKeys)
    .where(and(eq(appKeys.appId, appId), after ? gt(appKeys.id, after) : undefined))
    .orderBy(appKeys.id)
    .limit(limit + 1)
}

/** Held against changes until the transaction ends. */
export async function lockAppKey(db: Db, appId: string, id: string): Promise<AppKey | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select(columns)
    .from(appKeys)
    .where(and(eq(appKeys.appId, appId), eq(appKeys.id, id)))
    .for('no key update')
  return row
}

export async function insertAppKey(db: Db, values: NewAppKey): Promise<AppKey> {
  const [row] = await db.insert(appKeys).values(values).returning(columns)
  if (!row) throw new Error('insert returned no row')
  return row
}

export async function updateAppKey(db: Db, id: string, values: Partial<NewAppKey>): Promise<AppKey> {
  const [row] = await db.update(appKeys).set(values).where(eq(appKeys.id, id)).returning(columns)
  if (!row) throw new Error('update found no row')
  return row
}
