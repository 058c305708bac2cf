import { and, eq, gt, isNull } from 'drizzle-orm'
import { prices, providers } from '@/drizzle/schema'
import { isId } from '@/lib/id'
import type { Db } from './database'
import type { Page } from './page'

export type PriceDetails = { price: typeof prices.$inferSelect; provider: string }
type NewPrice = typeof prices.$inferInsert

const live = isNull(prices.archivedAt)

function selectPrices(db: Db) {
  return db
    .select({ price: prices, provider: providers.slug })
    .from(prices)
    .innerJoin(providers, eq(providers.id, prices.providerId))
}

export async function listPrices(db: Db, { limit, after }: Page): Promise<PriceDetails[]> {
  return await selectPrices(db)
    .where(and(live, after ? gt(prices.id, after) : undefined))
    .orderBy(prices.id)
    .limit(limit + 1)
}

export async function findPrice(db: Db, id: string): Promise<PriceDetails | undefined> {
  if (!isId(id)) return undefined
  const [row] = await selectPrices(db).where(and(live, eq(prices.id, id)))
  return row
}

export async function insertPrice(db: Db, values: NewPrice): Promise<void> {
  await db.insert(prices).values(values)
}

export async function archivePrice(db: Db, id: string): Promise<void> {
  await db.update(prices).set({ archivedAt: new Date() }).where(eq(prices.id, id))
}
