import { and, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm'
import { apps, keys, pools, providers, stops } from '@/drizzle/schema'
import { isId } from '@/lib/id'
import type { Db } from './database'

export type StopRow = typeof stops.$inferSelect
export type StopDetails = { stop: StopRow; scopeName: string }

/** Pressed, not lifted and not run out. */
const active = and(isNull(stops.liftedAt), or(isNull(stops.expiresAt), gt(stops.expiresAt, sql`now()`)))

/**
 * Oldest first; `scopeName` is what people call the thing that is stopped. With an owner only what stops the apps of the
 * member with this e-mail: everything, one of the apps, or a tenant, project or feature that one of them names.
 */
export async function activeStops(db: Db, ownerEmail: string | null): Promise<StopDetails[]> {
  const id = sql`case when ${stops.scope} in ('app', 'pool', 'provider', 'key') then ${stops.scopeId}::uuid end`
  return await db
    .select({
      stop: stops,
      scopeName: sql<string>`coalesce(${apps.name}, ${pools.slug}, ${providers.slug}, ${keys.name}, ${stops.scopeId})`,
    })
    .from(stops)
    .leftJoin(apps, and(eq(stops.scope, 'app'), eq(apps.id, id)))
    .leftJoin(pools, and(eq(stops.scope, 'pool'), eq(pools.id, id)))
    .leftJoin(providers, and(eq(stops.scope, 'provider'), eq(providers.id, id)))
    .leftJoin(keys, and(eq(stops.scope, 'key'), eq(keys.id, id)))
    .where(and(active, ownerEmail === null ? undefined : concerns(ownerEmail)))
    .orderBy(stops.id)
}

function concerns(ownerEmail: string): SQL {
  const { scope, scopeId } = stops
  return sql`(${scope} = 'global' or exists (
    select 1 from ${apps}
    where ${apps.archivedAt} is null and lower(${apps.ownerEmail}) = ${ownerEmail.toLowerCase()}
      and case ${scope}
        when 'app' then ${apps.id}::text = ${scopeId}
        when 'tenant' then ${scopeId} = ${apps.tenant} or ${scopeId} = any(${apps.tenantScope})
        when 'project' then ${scopeId} = ${apps.project} or ${scopeId} = any(${apps.projectScope})
        when 'feature' then ${scopeId} = any(${apps.featureScope})
        else false
      end))`
}

export async function insertStop(db: Db, values: typeof stops.$inferInsert): Promise<void> {
  await db.insert(stops).values(values)
}

/** False when it was not pressed (any more). */
export async function liftStop(db: Db, id: string): Promise<boolean> {
  if (!isId(id)) return false
  const lifted = await db
    .update(stops)
    .set({ liftedAt: sql`now()` })
    .where(and(eq(stops.id, id), active))
    .returning({ id: stops.id })
  return lifted.length > 0
}

const named = {
  app: [apps, apps.name],
  pool: [pools, pools.slug],
  provider: [providers, providers.slug],
} as const

/** The id that an id or a name (of a key: only an id) stands for; undefined when there is nothing live of it. */
export async function stoppableId(
  db: Db,
  scope: 'app' | 'pool' | 'provider' | 'key',
  reference: string,
): Promise<string | undefined> {
  const [table, name] = scope === 'key' ? ([keys, keys.name] as const) : named[scope]
  if (scope === 'key' && !isId(reference)) return undefined
  const [row] = await db
    .select({ id: table.id })
    .from(table)
    .where(and(isNull(table.archivedAt), isId(reference) ? eq(table.id, reference) : eq(name, reference)))
  return row?.id
}
