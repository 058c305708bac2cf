import { and, eq, gt, isNull, or } from 'drizzle-orm'
import { keys, providers } from '@/drizzle/schema'
import { isId } from '@/lib/id'
import type { Db } from './database'
import type { Page } from './page'

export type Provider = typeof providers.$inferSelect
type NewProvider = typeof providers.$inferInsert

const live = isNull(providers.archivedAt)

export async function listProviders(db: Db, { limit, after }: Page): Promise<Provider[]> {
  return await db
    .select()
    .from(providers)
    .where(and(live, after ? gt(providers.id, after) : undefined))
    .orderBy(providers.id)
    .limit(limit + 1)
}

export async function findProvider(db: Db, id: string): Promise<Provider | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select()
    .from(providers)
    .where(and(live, eq(providers.id, id)))
  return row
}

export async function findProviderBySlug(db: Db, slug: string): Promise<Provider | undefined> {
  const [row] = await db
    .select()
    .from(providers)
    .where(and(live, eq(providers.slug, slug)))
  return row
}

/** By id or slug, held against changes until the transaction ends: a secret is sealed for its base URL. */
export async function lockProvider(db: Db, reference: string): Promise<Provider | undefined> {
  const [row] = await db
    .select()
    .from(providers)
    .where(
      and(live, or(eq(providers.slug, reference), isId(reference) ? eq(providers.id, reference) : undefined)),
    )
    .for('no key update')
  return row
}

export async function insertProvider(db: Db, values: NewProvider): Promise<Provider> {
  const [row] = await db.insert(providers).values(values).returning()
  if (!row) throw new Error('insert returned no row')
  return row
}

export async function updateProvider(db: Db, id: string, values: Partial<NewProvider>): Promise<Provider> {
  const [row] = await db.update(providers).set(values).where(eq(providers.id, id)).returning()
  if (!row) throw new Error('update found no row')
  return row
}

export async function hasLiveKeys(db: Db, providerId: string): Promise<boolean> {
  const rows = await db
    .select({ id: keys.id })
    .from(keys)
    .where(and(eq(keys.providerId, providerId), isNull(keys.archivedAt)))
    .limit(1)
  return rows.length > 0
}
