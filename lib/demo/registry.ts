/** Writes the demo's cast into an empty registry, and connects its keys to where the simulated providers listen. */
import { createHmac } from 'node:crypto'
import { insertAppKey } from '@/lib/data/app-keys'
import { insertApp } from '@/lib/data/apps'
import { replaceBudgets } from '@/lib/data/budget-list'
import type { Database, Db } from '@/lib/data/database'
import { insertMembers, readNames } from '@/lib/data/demo'
import { insertKey, updateKey } from '@/lib/data/keys'
import { insertModelRoute } from '@/lib/data/model-routes'
import { setPolicy } from '@/lib/data/policies'
import { ensureDefaultPool, insertPool, joinPools, replacePoolKeys } from '@/lib/data/pools'
import { insertPrice } from '@/lib/data/prices'
import { insertProvider, type Provider, updateProvider } from '@/lib/data/providers'
import { newestVaultKey, storeSecret } from '@/lib/data/secrets'
import { readSettings, writeSetting } from '@/lib/data/settings'
import { usdToNanos } from '@/lib/format'
import { newId } from '@/lib/id'
import { findPreset, presetColumns } from '@/lib/providers/presets'
import { createAppKey } from '@/lib/secrets/app-key'
import { describeSecret, seal } from '@/lib/secrets/vault'
import * as cast from './cast'

const createdAt = new Date(Date.now() - 34 * 86_400_000)

/** App keys follow from the pepper, so that the demo's own calls have them again at the next start. */
export function demoAppKey(pepper: Buffer, app: string) {
  return createAppKey(pepper, (bytes) =>
    createHmac('sha256', pepper).update(`demo app key ${app} ${bytes}`).digest().subarray(0, bytes),
  )
}

/** True when there was nothing yet and everything was written. */
export async function writeCast(
  { db }: Database,
  { pepper, passwordHash, baseUrl }: { pepper: Buffer; passwordHash: string; baseUrl: string },
): Promise<boolean> {
  return await db.transaction(async (tx) => {
    if ((await readSettings(tx, ['demo'])).demo) return false
    await writeSetting(tx, 'demo', true)
    await writeSetting(tx, 'organisation_name', 'Demo')
    await writeSetting(tx, 'time_zone', cast.timeZone)
    const providers = await writeProviders(tx, baseUrl)
    const keyIds = await writeKeys(tx, providers)
    await writePools(tx, keyIds)
    await writeApps(tx, pepper)
    await writeBudgets(tx)
    await insertMembers(
      tx,
      cast.roles.map((role) => ({
        id: newId(),
        email: cast.emailOf(role),
        name: `Demo ${role}`,
        role,
        passwordHash,
        createdAt,
      })),
    )
    return true
  })
}

async function writeProviders(tx: Db, baseUrl: string): Promise<Map<string, Provider>> {
  const providers = new Map<string, Provider>()
  for (const slug of cast.providerSlugs) {
    const preset = findPreset(slug)
    if (!preset) throw new Error(`there is no preset ${slug}`)
    const values = { id: newId(), ...presetColumns(preset, baseUrl), createdAt }
    providers.set(slug, await insertProvider(tx, values))
  }
  for (const price of cast.prices) {
    const providerId = providers.get(price.provider)?.id ?? ''
    await insertPrice(tx, {
      id: newId(),
      providerId,
      model: price.model,
      ...cast.picoOf(price),
      effectiveFrom: createdAt,
      createdAt,
    })
  }
  return providers
}

async function writeKeys(tx: Db, providers: Map<string, Provider>): Promise<Map<string, string>> {
  const keyIds = new Map<string, string>()
  for (const { provider: slug, ...key } of cast.keys) {
    const provider = providers.get(slug)
    if (!provider) throw new Error(`there is no provider ${slug}`)
    const id = newId()
    const environment = key.environment ?? 'production'
    const values = { ...key, id, providerId: provider.id, environment, createdAt }
    await insertKey(tx, { ...values, allowedModels: cast.modelsOf[slug] })
    await joinPools(tx, id, [(await ensureDefaultPool(tx, provider, environment)).id])
    keyIds.set(key.name, id)
  }
  return keyIds
}

async function writePools(tx: Db, keyIds: Map<string, string>): Promise<void> {
  for (const { keys, ...pool } of cast.pools) {
    const id = newId()
    await insertPool(tx, { ...pool, id, createdAt })
    const members = keys.map((name) => ({ keyId: keyIds.get(name) ?? '', weight: null, tier: null }))
    await replacePoolKeys(tx, id, members)
  }
  const { pool: poolIds } = await readNames(tx)
  for (const { name, targets, downgradeTo } of cast.routes) {
    const stored = targets.map(({ pool, model }) => ({
      pool_id: poolIds.get(pool) ?? '',
      model,
      first_byte_timeout_ms: null,
    }))
    await insertModelRoute(tx, { id: newId(), name, targets: stored, downgradeTo, createdAt })
  }
}

async function writeApps(tx: Db, pepper: Buffer): Promise<void> {
  for (const { owner, ...app } of cast.apps) {
    const { id } = await insertApp(tx, {
      ...app,
      id: newId(),
      tenantScope: [app.tenant],
      projectScope: [app.project],
      featureScope: ['*'],
      ownerEmail: owner,
      createdAt,
    })
    const { publicId, digest, last4 } = demoAppKey(pepper, app.name)
    await insertAppKey(tx, { id: newId(), appId: id, name: 'server', publicId, digest, last4, createdAt })
  }
}

async function writeBudgets(tx: Db): Promise<void> {
  const ids = await readNames(tx)
  for (const { scope, name, period, usd, hard = false, ladder } of cast.budgets) {
    const scopeId = scope === 'app' || scope === 'key' ? (ids[scope].get(name) ?? '') : name
    if (scope === 'global' || scope === 'tenant')
      await setPolicy(tx, { scope, scopeId, limits: null, allowedModels: [] })
    const limitNanos = usdToNanos(usd) ?? 0n
    await replaceBudgets(tx, scope, scopeId, [{ period, limitNanos, hard, ladder }])
  }
}

/** Seals the demo's secrets for `baseUrl`: the simulated providers may listen on another port than last time. */
export async function connectKeys({ db }: Database, baseUrl: string): Promise<void> {
  await db.transaction(async (tx) => {
    const vaultKey = await newestVaultKey(tx)
    if (!vaultKey) throw new Error('the vault has no key yet')
    const names = await readNames(tx)
    for (const slug of cast.providerSlugs) {
      const id = names.provider.get(slug)
      if (id) await updateProvider(tx, id, { baseUrl })
    }
    for (const { name, provider } of cast.keys) {
      const rowId = names.key.get(name)
      if (!rowId || !names.provider.has(provider)) continue
      const secret = `sk-simulated-${name}-${rowId.slice(-8)}`
      const sealed = await seal(vaultKey.publicKey, { purpose: 'key', rowId, baseUrl }, secret)
      await storeSecret(tx, { purpose: 'key', rowId, sealed, vaultKeyId: vaultKey.id })
      await updateKey(tx, rowId, describeSecret(secret))
    }
  })
}
