import type { Db } from '@/lib/data/database'
import { findSameSecret, updateKey } from '@/lib/data/keys'
import type { Provider } from '@/lib/data/providers'
import { newestVaultKey, storeSecret } from '@/lib/data/secrets'
import { AkcpError } from '@/lib/errors'
import { describeSecret, seal } from '@/lib/secrets/vault'
import { conflict } from './router'

/** Seals a key's secret for its provider's base URL and stores it; the provider's row is locked by the caller. */
export async function sealKeySecret(
  tx: Db,
  provider: Provider,
  keyId: string,
  secret: string,
): Promise<void> {
  const { last4, fingerprint } = describeSecret(secret)
  const same = await findSameSecret(tx, { id: keyId, providerId: provider.id, fingerprint })
  if (same) {
    throw conflict(
      `The key ${same.name} (${same.id}) of ${provider.slug} already holds this secret.`,
      'Change that key instead, or archive it first.',
      'secret',
    )
  }
  const vaultKey = await sealingKey(tx)
  const sealed = await seal(
    vaultKey.publicKey,
    { purpose: 'key', rowId: keyId, baseUrl: provider.baseUrl },
    secret,
  )
  await storeSecret(tx, { purpose: 'key', rowId: keyId, sealed, vaultKeyId: vaultKey.id })
  await updateKey(tx, keyId, { secretRef: null, last4, fingerprint })
}

/** The vault key that secrets are sealed to. */
export async function sealingKey(db: Db): Promise<NonNullable<Awaited<ReturnType<typeof newestVaultKey>>>> {
  const vaultKey = await newestVaultKey(db)
  if (vaultKey) return vaultKey
  throw new AkcpError('service_unavailable', 'There is no vault key to seal the secret with.', {
    hint: 'No gateway has started with this database yet: start one with AKCP_MASTER_KEY, then try again.',
  })
}
