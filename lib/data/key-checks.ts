import { and, eq, gte, inArray, sql } from 'drizzle-orm'
import { keyChecks, type ProbeOutcome, rollups } from '@/drizzle/schema'
import type { Database, Db } from './database'

export type KeyCheck = typeof keyChecks.$inferSelect

export async function readKeyChecks(db: Db, keyIds: string[]): Promise<Map<string, KeyCheck>> {
  if (keyIds.length === 0) return new Map()
  const rows = await db.select().from(keyChecks).where(inArray(keyChecks.keyId, keyIds))
  return new Map(rows.map((row) => [row.keyId, row]))
}

/** What a probe found, and when the next one is due. */
export async function writeProbe(
  db: Db,
  keyId: string,
  check: { probedAt: Date; nextProbeAt: Date; probe: ProbeOutcome },
): Promise<void> {
  await db
    .insert(keyChecks)
    .values({ keyId, ...check })
    .onConflictDoUpdate({ target: keyChecks.keyId, set: check })
}

/** Keys that calls have shown to work: they need no probe until then. */
export async function postponeProbes(
  { sql: client }: Database,
  probes: { keyId: string; nextProbeAt: Date }[],
): Promise<void> {
  if (probes.length === 0) return
  await client`
    insert into key_checks (key_id, next_probe_at)
    select "keyId", "nextProbeAt"
    from jsonb_to_recordset(${JSON.stringify(probes)}::text::jsonb) as p("keyId" uuid, "nextProbeAt" timestamptz)
    on conflict (key_id) do update set next_probe_at = excluded.next_probe_at`
}

/** `error` null: the balance could be read. */
export async function writeBalanceCheck(db: Db, keyId: string, error: string | null): Promise<void> {
  const check = { balanceTriedAt: sql`now()`, balanceError: error }
  await db
    .insert(keyChecks)
    .values({ keyId, ...check })
    .onConflictDoUpdate({ target: keyChecks.keyId, set: check })
}

/** When each of these keys last answered a call well since `since`, in milliseconds since the epoch. */
export async function lastServed(
  { sql: client }: Database,
  keys: { id: string; since: Date }[],
): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map()
  const rows = await client<{ key_id: string; at: number }[]>`
    select k.id as key_id, extract(epoch from r.ts)::float8 * 1000 as at
    from jsonb_to_recordset(${JSON.stringify(keys)}::text::jsonb) as k(id uuid, since timestamptz)
    cross join lateral (
      select ts from requests
      where key_id = k.id and ts > k.since and kind = 'call' and outcome = 'ok'
      order by ts desc limit 1
    ) r`
  return new Map(rows.map((row) => [row.key_id, row.at]))
}

/** What paid probes have cost since `from`, by key, in nano-dollars. */
export async function probeCosts(db: Db, keyIds: string[], from: Date): Promise<Map<string, bigint>> {
  if (keyIds.length === 0) return new Map()
  const rows = await db
    .select({ keyId: rollups.keyId, cost: sql<string>`sum(${rollups.costNanos})` })
    .from(rollups)
    .where(and(eq(rollups.kind, 'probe'), gte(rollups.bucket, from), inArray(rollups.keyId, keyIds)))
    .groupBy(rollups.keyId)
  return new Map(rows.map((row) => [row.keyId ?? '', BigInt(row.cost)]))
}
