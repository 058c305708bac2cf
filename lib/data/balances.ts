import { eq, inArray, sql } from 'drizzle-orm'
import { balances } from '@/drizzle/schema'
import type { Database, Db } from './database'
import { findUsageParts, partsQuery } from './usage-parts'
import { bucketEnd } from './usage-range'

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
export async function readMeteredBalances(database: Database): Promise<MeteredBalance[]> {
  const rows = await database.sql<Omit<MeteredBalance, 'cost_since'>[]>`
    with weekly as (
      select key_id, sum(cost_nanos) as cost, min(bucket) filter (where cost_nanos > 0) as first from rollups
      where bucket > now() - interval '7 days' and key_id in (select key_id from balances)
      group by key_id
    )
    select b.key_id, b.currency, b.amount, b.typed_amount, b.read_at,
      nullif(round(weekly.cost / greatest(1, extract(epoch from now() - weekly.first) / 86400)), 0)::text as per_day_nanos
    from balances b left join weekly on weekly.key_id = b.key_id`
  return await Promise.all(
    rows.map(async (row) => ({
      ...row,
      cost_since:
        row.typed_amount === null ? '0' : await costSince(database, row.key_id, new Date(row.read_at)),
    })),
  )
}

async function costSince({ sql: client }: Database, keyId: string, from: Date): Promise<string> {
  const range = { from, to: bucketEnd(new Date()) }
  const parts = await findUsageParts(client, { range, uses: ['key_id'], step: null, timeZone: 'UTC' })
  const [row] = await client<{ cost: string }[]>`
    select coalesce(sum(cost_nanos), 0)::text as cost from (${partsQuery(client, parts)}) parts where key_id = ${keyId}`
  return row?.cost ?? '0'
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
