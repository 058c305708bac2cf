import { and, eq, gt, isNull } from 'drizzle-orm'
import { modelRoutes } from '@/drizzle/schema'
import { isId } from '@/lib/id'
import type { Db } from './database'
import type { Page } from './page'

export type ModelRoute = typeof modelRoutes.$inferSelect
type NewModelRoute = typeof modelRoutes.$inferInsert

const live = isNull(modelRoutes.archivedAt)

export async function listModelRoutes(db: Db, { limit, after }: Page): Promise<ModelRoute[]> {
  return await db
    .select()
    .from(modelRoutes)
    .where(and(live, after ? gt(modelRoutes.id, after) : undefined))
    .orderBy(modelRoutes.id)
    .limit(limit + 1)
}

export async function findModelRoute(db: Db, id: string): Promise<ModelRoute | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select()
    .from(modelRoutes)
    .where(and(live, eq(modelRoutes.id, id)))
  return row
}

export async function insertModelRoute(db: Db, values: NewModelRoute): Promise<ModelRoute> {
  const [row] = await db.insert(modelRoutes).values(values).returning()
  if (!row) throw new Error('insert returned no row')
  return row
}

/** Undefined when the route is gone. */
export async function updateModelRoute(
  db: Db,
  id: string,
  values: Partial<NewModelRoute>,
): Promise<ModelRoute | undefined> {
  const [row] = await db
    .update(modelRoutes)
    .set(values)
    .where(and(live, eq(modelRoutes.id, id)))
    .returning()
  return row
}
