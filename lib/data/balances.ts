import { eq, inArray, sql } from 'drizzle-orm'
import { balances } from '@/drizzle/schema'
import type { Database, Db } from './database'

export type Balance = typeof balances.$inferSelect
type NewBalance = typeof balances.$inferInsert

export async function readBalances(db: Db, keyIds: string[]): Promise<Map<string, Balance>> {
  if (keyIds.length === 0) return new Map()
  const rows = await db.select().from(balances).where(inArray(balances.keyId, keyIds))
  return new Map(rows.map((row) => [row.keyId, row]))
}

export async function writeBalance(db: Db, { keyId, ...values }: NewBalance): Promise<void> {
  await db
    .insert(balances)
    .values({ keyId, ...values })
    .onConflictDoUpdate({ target: balances.keyId, set: values })
}

/** False when there was none. */
export async function deleteBalance(db: Db, keyId: string): Promise<boolean> {
  const rows = await db.delete(balances).where(eq(balances.keyId, keyId)).returning({ id: balances.keyId })
  return rows.length > 0
}

export type MeteredBalance = {
  key_id: string
  currency: string
  amount: string
  /** Null where the provider says how much is left. */
  typed_amount: string | null
  read_at: string
  /** Of a typed one: what the key has cost since, in nano-dollars. */
  cost_since: string
  /** What it has cost a day in the last seven, or since its first cost in them; null: nothing. */
  per_day_nanos: string | null
}

/** Every balance with what its key has cost. Probes count: they are paid from the same account. */
export async function readMeteredBalances({ sql: client }: Database): Promise<MeteredBalance[]> {
  return await client<MeteredBalance[]>`
    with wanted as (
      select *, date_bin('15 minutes', read_at + interval '15 minutes' - interval '1 microsecond', 'epoch') as whole
      from balances
    ),
    -- Since when: of the rollups whole buckets, of the one that was under way the rows.
    rolled as (
      select w.key_id, sum(r.cost_nanos) as cost from wanted w join rollups r on r.key_id = w.key_id and r.bucket >= w.whole
      where w.typed_amount is not null and r.bucket >= (select min(whole) from wanted where typed_amount is not null)
      group by w.key_id
    ),
    weekly as (
      select key_id, sum(cost_nanos) as cost, min(bucket) filter (where cost_nanos > 0) as first from rollups
      where bucket > now() - interval '7 days' and key_id in (select key_id from wanted)
      group by key_id
    )
    select w.key_id, w.currency, w.amount, w.typed_amount, w.read_at,
      (coalesce(rolled.cost, 0) + coalesce(edge.cost, 0))::text as cost_since,
      nullif(round(weekly.cost / greatest(1, extract(epoch from now() - weekly.first) / 86400)), 0)::text as per_day_nanos
    from wanted w
    left join rolled on rolled.key_id = w.key_id
    left join weekly on weekly.key_id = w.key_id
    left join lateral (
      select sum(cost_nanos) as cost from requests
      where w.typed_amount is not null and key_id = w.key_id and ts >= w.read_at and ts < w.whole
    ) edge on true`
}

/** Keeps a balance true between two readings; one that was typed in again meanwhile stays as it is. */
export async function updateBalance(
  db: Db,
  { key_id, read_at }: Pick<MeteredBalance, 'key_id' | 'read_at'>,
  values: Pick<Balance, 'amount' | 'usdNanos' | 'perDayNanos'>,
): Promise<void> {
  await db
    .update(balances)
    .set(values)
    .where(sql`${balances.keyId} = ${key_id} and ${balances.readAt} = ${read_at}::timestamptz`)
}
