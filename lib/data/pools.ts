import { and, asc, eq, gt, inArray, isNull, max, or, sql } from 'drizzle-orm'
import { apps, keys, modelRoutes, poolKeys, pools, providers } from '@/drizzle/schema'
import { isId, newId } from '@/lib/id'
import type { Db } from './database'
import type { Page } from './page'

export type Pool = typeof pools.$inferSelect
type NewPool = typeof pools.$inferInsert
export type PoolMember = {
  poolId: string
  keyId: string
  name: string
  weight: number | null
  tier: number | null
}
export type PoolDetails = { pool: Pool; defaultForProvider: string | null; members: PoolMember[] }
export type Membership = { keyId: string; weight: number | null; tier: number | null }

const live = isNull(pools.archivedAt)

function selectPools(db: Db) {
  return db
    .select({ pool: pools, defaultForProvider: providers.slug })
    .from(pools)
    .leftJoin(providers, eq(providers.id, pools.defaultForProviderId))
}

export async function listPools(db: Db, { limit, after }: Page): Promise<PoolDetails[]> {
  const rows = await selectPools(db)
    .where(and(live, after ? gt(pools.id, after) : undefined))
    .orderBy(pools.id)
    .limit(limit + 1)
  return await withMembers(db, rows)
}

export async function findPool(db: Db, id: string): Promise<PoolDetails | undefined> {
  if (!isId(id)) return undefined
  const rows = await selectPools(db).where(and(live, eq(pools.id, id)))
  return (await withMembers(db, rows))[0]
}

async function withMembers(db: Db, rows: Omit<PoolDetails, 'members'>[]): Promise<PoolDetails[]> {
  const members = await poolMembers(
    db,
    rows.map(({ pool }) => pool.id),
  )
  return rows.map((row) => ({ ...row, members: members.filter((member) => member.poolId === row.pool.id) }))
}

async function poolMembers(db: Db, poolIds: string[]): Promise<PoolMember[]> {
  if (poolIds.length === 0) return []
  return await db
    .select({
      poolId: poolKeys.poolId,
      keyId: poolKeys.keyId,
      name: keys.name,
      weight: poolKeys.weight,
      tier: poolKeys.tier,
    })
    .from(poolKeys)
    .innerJoin(keys, eq(keys.id, poolKeys.keyId))
    .where(inArray(poolKeys.poolId, poolIds))
    .orderBy(asc(poolKeys.position), asc(poolKeys.keyId))
}

/** Held against changes until the transaction ends. */
export async function lockPool(db: Db, id: string): Promise<Pool | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select()
    .from(pools)
    .where(and(live, eq(pools.id, id)))
    .for('no key update')
  return row
}

/** The live pools that ids or slugs name, held against archiving until the transaction ends. */
export async function lockPoolsNamed(db: Db, references: string[]): Promise<Pool[]> {
  if (references.length === 0) return []
  const ids = references.filter(isId)
  return await db
    .select()
    .from(pools)
    .where(and(live, or(inArray(pools.slug, references), ids.length ? inArray(pools.id, ids) : undefined)))
    .orderBy(pools.id)
    .for('share')
}

/** Slugs by id, archived pools included. */
export async function poolSlugs(db: Db, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db.select({ id: pools.id, slug: pools.slug }).from(pools).where(inArray(pools.id, ids))
  return new Map(rows.map((row) => [row.id, row.slug]))
}

export async function insertPool(db: Db, values: NewPool): Promise<void> {
  await db.insert(pools).values(values)
}

export async function updatePool(db: Db, id: string, values: Partial<NewPool>): Promise<void> {
  await db.update(pools).set(values).where(eq(pools.id, id))
}

/** The default pools of a provider, held against changes until the transaction ends. */
export async function lockDefaultPools(db: Db, providerId: string): Promise<Pool[]> {
  return await db
    .select()
    .from(pools)
    .where(and(live, eq(pools.defaultForProviderId, providerId)))
    .orderBy(pools.id)
    .for('no key update')
}

/** Archives the default pools of a provider, which frees their slugs. */
export async function archiveDefaultPools(db: Db, providerId: string): Promise<void> {
  await db
    .update(pools)
    .set({ archivedAt: new Date() })
    .where(and(live, eq(pools.defaultForProviderId, providerId)))
}

/** The default pool of a provider and environment, made when missing; held until the transaction ends. */
export async function ensureDefaultPool(
  db: Db,
  provider: { id: string; slug: string; name: string },
  environment: string,
): Promise<Pool> {
  const wanted = environment === 'production' ? provider.slug : `${provider.slug}-${environment}`
  for (let attempt = 1; ; attempt++) {
    const [found] = await db
      .select()
      .from(pools)
      .where(and(live, eq(pools.defaultForProviderId, provider.id), eq(pools.environment, environment)))
      .for('share')
    if (found) return found
    await db
      .insert(pools)
      .values({
        id: newId(),
        // The slug may belong to a pool that somebody made by hand.
        slug: attempt === 1 ? wanted : `${wanted}-${attempt}`,
        name: environment === 'production' ? provider.name : `${provider.name} (${environment})`,
        environment,
        defaultForProviderId: provider.id,
      })
      .onConflictDoNothing()
  }
}

/** Makes `members` the pool's keys, in this order. */
export async function replacePoolKeys(db: Db, poolId: string, members: Membership[]): Promise<void> {
  await db.delete(poolKeys).where(eq(poolKeys.poolId, poolId))
  if (members.length > 0) {
    await db.insert(poolKeys).values(members.map((member, position) => ({ poolId, position, ...member })))
  }
}

/** Adds a key at the end of pools it is not in yet. */
export async function joinPools(db: Db, keyId: string, poolIds: string[]): Promise<void> {
  for (const poolId of poolIds) {
    const [last] = await db
      .select({ position: max(poolKeys.position) })
      .from(poolKeys)
      .where(eq(poolKeys.poolId, poolId))
    await db
      .insert(poolKeys)
      .values({ poolId, keyId, position: (last?.position ?? -1) + 1 })
      .onConflictDoNothing()
  }
}

/** Takes a key out of all pools, or out of those named. */
export async function leavePools(db: Db, keyId: string, poolIds?: string[]): Promise<void> {
  if (poolIds?.length === 0) return
  await db
    .delete(poolKeys)
    .where(and(eq(poolKeys.keyId, keyId), poolIds ? inArray(poolKeys.poolId, poolIds) : undefined))
}

/** The pools each of the keys is in, by key id. */
export async function poolsOfKeys(db: Db, keyIds: string[]): Promise<Map<string, Pool[]>> {
  const found = new Map<string, Pool[]>()
  if (keyIds.length === 0) return found
  const rows = await db
    .select({ keyId: poolKeys.keyId, pool: pools })
    .from(poolKeys)
    .innerJoin(pools, eq(pools.id, poolKeys.poolId))
    .where(and(live, inArray(poolKeys.keyId, keyIds)))
    .orderBy(pools.slug)
  for (const { keyId, pool } of rows) found.set(keyId, [...(found.get(keyId) ?? []), pool])
  return found
}

/** Names of the apps and model routes that a pool cannot be taken from. */
export async function usersOfPool(db: Db, poolId: string): Promise<string[]> {
  const appRows = await db
    .select({ name: apps.name })
    .from(apps)
    .where(and(isNull(apps.archivedAt), sql`${poolId}::uuid = any(${apps.pools})`))
    .limit(5)
  const routeRows = await db
    .select({ name: modelRoutes.name })
    .from(modelRoutes)
    .where(
      and(
        isNull(modelRoutes.archivedAt),
        sql`${modelRoutes.targets} @> ${JSON.stringify([{ pool_id: poolId }])}::jsonb`,
      ),
    )
    .limit(5)
  return [...appRows.map(({ name }) => `app ${name}`), ...routeRows.map(({ name }) => `model ${name}`)]
}
