/** Sealed secrets. The portal's database role may write `sealed` and never read it: nothing here returns it. */
import { and, desc, eq, inArray } from 'drizzle-orm'
import { keys, secrets, vaultKeys } from '@/drizzle/schema'
import type { SecretPurpose } from '@/lib/secrets/vault'
import type { Db } from './database'

type Purpose = Exclude<SecretPurpose, 'task'>

export async function newestVaultKey(db: Db): Promise<typeof vaultKeys.$inferSelect | undefined> {
  const [row] = await db.select().from(vaultKeys).orderBy(desc(vaultKeys.createdAt)).limit(1)
  return row
}

export async function storeSecret(
  db: Db,
  values: { purpose: Purpose; rowId: string; sealed: Buffer; vaultKeyId: string },
): Promise<void> {
  const row = { ...values, createdAt: new Date() }
  await db
    .insert(secrets)
    .values(row)
    // Values, not `excluded.…`: reading the proposed row needs the right to read the column.
    .onConflictDoUpdate({ target: [secrets.purpose, secrets.rowId], set: row })
}

export async function deleteSecret(db: Db, purpose: Purpose, rowId: string): Promise<void> {
  await db.delete(secrets).where(and(eq(secrets.purpose, purpose), eq(secrets.rowId, rowId)))
}

/** Drops the secrets of all of a provider's keys, which are sealed for its old base URL; says how many there were. */
export async function forgetProviderSecrets(db: Db, providerId: string): Promise<number> {
  const ofProvider = db.select({ id: keys.id }).from(keys).where(eq(keys.providerId, providerId))
  const deleted = await db
    .delete(secrets)
    .where(and(eq(secrets.purpose, 'key'), inArray(secrets.rowId, ofProvider)))
    .returning({ rowId: secrets.rowId })
  const ids = deleted.map((row) => row.rowId)
  if (ids.length > 0) await db.update(keys).set({ last4: '', fingerprint: '' }).where(inArray(keys.id, ids))
  return ids.length
}

/** Makes a public key the one that new secrets are sealed to. */
export async function insertVaultKey(db: Db, key: { id: string; publicKey: Buffer }): Promise<void> {
  await db.insert(vaultKeys).values(key).onConflictDoNothing()
}
