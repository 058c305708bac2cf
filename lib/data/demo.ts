/** What only the demo needs: people, ids by name, and a place in the ledger for the past. */
import { desc, eq, isNull } from 'drizzle-orm'
import { appKeys, apps, keys, members, pools, prices, providers } from '@/drizzle/schema'
import type { Database, Db } from './database'

/** Ids by name (of an app's first key by the app's name); what was archived or renamed since is missing. */
export type Names = Record<'app' | 'appKey' | 'key' | 'pool' | 'price' | 'provider', Map<string, string>>

export async function readNames(db: Db): Promise<Names> {
  const named = async (rows: PromiseLike<{ name: string; id: string }[]>) =>
    new Map((await rows).map(({ name, id }) => [name, id]))
  const of = (table: typeof apps | typeof keys) =>
    db.select({ name: table.name, id: table.id }).from(table).where(isNull(table.archivedAt))
  const bySlug = (table: typeof pools | typeof providers) =>
    db.select({ name: table.slug, id: table.id }).from(table).where(isNull(table.archivedAt))
  // Of several the last one wins in the map: the oldest.
  const firstKeys = db
    .select({ name: apps.name, id: appKeys.id })
    .from(appKeys)
    .innerJoin(apps, eq(apps.id, appKeys.appId))
    .orderBy(desc(appKeys.id))
  const live = db.select({ name: prices.model, id: prices.id }).from(prices).where(isNull(prices.archivedAt))
  return {
    app: await named(of(apps)),
    appKey: await named(firstKeys),
    key: await named(of(keys)),
    pool: await named(bySlug(pools)),
    price: await named(live),
    provider: await named(bySlug(providers)),
  }
}

export async function insertMembers(db: Db, rows: (typeof members.$inferInsert)[]): Promise<void> {
  await db.insert(members).values(rows)
}

/** Times of the ledger's oldest and newest row in milliseconds, or null when it is empty. */
export async function historySpan({ sql }: Database): Promise<{ oldest: number; newest: number } | null> {
  const [row] = await sql<{ oldest: string | null; newest: string | null }[]>`
    select min(ts) as oldest, max(ts) as newest from requests`
  return row?.oldest && row.newest ? { oldest: Date.parse(row.oldest), newest: Date.parse(row.newest) } : null
}

/** Makes the partitions of the month of `from` and the next one. */
export async function ensurePartitionsFrom({ sql }: Database, from: Date): Promise<void> {
  await sql`select ensure_request_partitions(${from.toISOString()}::timestamptz, 1)`
}

/** In milliseconds since the epoch. */
type Window = { start: number; end: number }

/**
 * Counts the past against the budgets of the current day and month, where no call has been counted yet; the rows of the
 * past say nothing of budgets, so what they would have been charged is noted beside them.
 */
export async function postHistory({ sql }: Database, [day, month]: [Window, Window]): Promise<void> {
  const at = (time: number) => sql`${new Date(time).toISOString()}::timestamptz`
  await sql`
    with posted as (
      insert into budget_windows (budget_id, window_start, window_end, limit_nanos, posted_nanos)
      select b.id, w.first, w.next, b.limit_nanos, coalesce(sum(r.cost_nanos), 0)
      from budgets b
      join (values ('day', ${at(day.start)}, ${at(day.end)}), ('month', ${at(month.start)}, ${at(month.end)}))
        w (period, first, next) on w.period = b.period
      left join rollups r on r.bucket >= w.first and r.bucket < w.next and case b.scope
        when 'global' then true when 'tenant' then r.tenant = b.scope_id
        when 'app' then r.app_id::text = b.scope_id when 'key' then r.key_id::text = b.scope_id end
      where b.archived_at is null
      group by b.id, w.first, w.next
      on conflict do nothing
      returning budget_id, window_start, posted_nanos
    )
    insert into dropped_charges (budget_id, window_start, nanos)
    select budget_id, window_start, posted_nanos from posted`
}

/** Tells the planner about many new rows now, so that the first pages are not slow. */
export async function refreshStatistics({ sql }: Database): Promise<void> {
  await sql`analyze requests, rollups, summaries, summary_seals`
}
