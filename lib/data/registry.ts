import { and, eq, gt, isNull } from 'drizzle-orm'
import {
  appKeys,
  apps,
  budgets,
  keys,
  modelRoutes,
  policies,
  poolKeys,
  pools,
  prices,
  providers,
  registryVersion,
  secrets,
  settings,
  stops,
} from '@/drizzle/schema'
import type { Database, Db } from './database'

export type ProviderRow = typeof providers.$inferSelect
export type KeyRow = typeof keys.$inferSelect & { sealed: Buffer | null }
export type PoolRow = typeof pools.$inferSelect
export type PoolKeyRow = typeof poolKeys.$inferSelect
export type ModelRouteRow = typeof modelRoutes.$inferSelect
export type PriceRow = typeof prices.$inferSelect
export type StopRow = typeof stops.$inferSelect
export type AppRow = typeof apps.$inferSelect
export type AppKeyRow = typeof appKeys.$inferSelect
export type PolicyRow = typeof policies.$inferSelect
export type BudgetRow = typeof budgets.$inferSelect

export type RegistryRows = {
  version: number
  settings: Record<string, unknown>
  providers: ProviderRow[]
  keys: KeyRow[]
  pools: PoolRow[]
  poolKeys: PoolKeyRow[]
  modelRoutes: ModelRouteRow[]
  prices: PriceRow[]
  stops: StopRow[]
  apps: AppRow[]
  policies: PolicyRow[]
  budgets: BudgetRow[]
  /** Only those changed after `appKeysSince`: there may be a hundred thousand. */
  appKeys: AppKeyRow[]
}

export async function registryVersionNow(db: Db): Promise<number> {
  const [row] = await db.select({ version: registryVersion.version }).from(registryVersion)
  return row?.version ?? 0
}

/** Everything a gateway decides with, read in one snapshot of the database. */
export async function readRegistry(database: Database, appKeysSince: number): Promise<RegistryRows> {
  return await database.db.transaction(
    async (tx) => {
      const live = <T extends { archivedAt: unknown }>(rows: T[]) => rows.filter((row) => !row.archivedAt)
      return {
        version: await registryVersionNow(tx),
        settings: Object.fromEntries((await tx.select().from(settings)).map((row) => [row.name, row.value])),
        providers: live(await tx.select().from(providers)),
        keys: await readKeys(tx),
        pools: live(await tx.select().from(pools)),
        poolKeys: await tx.select().from(poolKeys),
        modelRoutes: live(await tx.select().from(modelRoutes)),
        prices: live(await tx.select().from(prices)),
        stops: await tx.select().from(stops).where(isNull(stops.liftedAt)),
        apps: live(await tx.select().from(apps)),
        policies: await tx.select().from(policies),
        budgets: live(await tx.select().from(budgets)),
        appKeys: await tx.select().from(appKeys).where(gt(appKeys.version, appKeysSince)),
      }
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  )
}

async function readKeys(tx: Db): Promise<KeyRow[]> {
  const rows = await tx
    .select({ key: keys, sealed: secrets.sealed })
    .from(keys)
    .leftJoin(secrets, and(eq(secrets.purpose, 'key'), eq(secrets.rowId, keys.id)))
    .where(isNull(keys.archivedAt))
  return rows.map(({ key, sealed }) => ({ ...key, sealed }))
}
