/** What points from pool to pool: a fallback, and a switch until it has run out. */
import type { SQL } from 'drizzle-orm'
import { sql } from 'drizzle-orm'
import type { Db } from './database'

export type PoolLink = 'fallback' | 'switch'

const target: Record<PoolLink, SQL> = {
  fallback: sql`p.fallback_pool_id`,
  switch: sql`case when p.switch_until > now() then p.switch_to_pool_id end`,
}

/** The slugs along the links from a pool back to itself; null when they do not lead back. */
export async function findRing(db: Db, link: PoolLink, id: string): Promise<string[] | null> {
  const rows = await db.execute<{ slugs: string[] }>(sql`
    with recursive way (id, slugs) as (
      select ${target[link]}, array[p.slug] from pools p where p.id = ${id}
      union all
      select ${target[link]}, way.slugs || p.slug from way join pools p on p.id = way.id
      where way.id <> ${id} and p.slug <> all(way.slugs)
    )
    select slugs from way where id = ${id}`)
  return rows[0]?.slugs ?? null
}

/** Slugs of the pools that fall back, or are switched, to this one. */
export async function poolsLinkedTo(db: Db, link: PoolLink, id: string): Promise<string[]> {
  const rows = await db.execute<{ slug: string }>(sql`
    select p.slug from pools p where p.archived_at is null and ${target[link]} = ${id} order by p.slug limit 5`)
  return rows.map(({ slug }) => slug)
}

/** The slugs of two linked pools, this one among them, that are of different environments. */
export async function findStrangers(db: Db, id: string): Promise<[from: string, to: string] | null> {
  const rows = await db.execute<{ from_slug: string; to_slug: string }>(sql`
    select p.slug as from_slug, q.slug as to_slug
    from pools p join pools q on q.id in (${target.fallback}, ${target.switch})
    where ${id} in (p.id, q.id) and p.archived_at is null and p.environment <> q.environment limit 1`)
  const [row] = rows
  return row ? [row.from_slug, row.to_slug] : null
}
