/**
 * What a gateway makes sure of before it reads the registry: the vault's public key, the ledger's partitions, and the
 * app, providers and keys that its environment names. Runs at every start; what is there already stays as it is,
 * except for a provider's address and timeout when the environment gives them.
 */
import { checkChannelUrl, urlHint } from '@/lib/alerts/channels/address'
import { defaultRules, environmentChannelId } from '@/lib/alerts/default-rules'
import { insertAlertRules } from '@/lib/data/alerts'
import { findAppByName, insertApp } from '@/lib/data/apps'
import { insertChannel, updateChannel } from '@/lib/data/channels'
import type { Database, Db } from '@/lib/data/database'
import { findKeyByName, insertKey } from '@/lib/data/keys'
import { ensurePartitions } from '@/lib/data/ledger'
import { ensureDefaultPool, joinPools } from '@/lib/data/pools'
import { findProviderBySlug, insertProvider, type Provider, updateProvider } from '@/lib/data/providers'
import { forgetProviderSecrets, insertVaultKey, newestVaultKey } from '@/lib/data/secrets'
import { checkOrigin } from '@/lib/egress'
import { type Env, EnvError, type ProviderOverride } from '@/lib/env'
import { newId } from '@/lib/id'
import { findPreset, presetColumns } from '@/lib/providers/presets'
import type { VaultKeyPair } from '@/lib/secrets/vault'

export async function bootstrap(database: Database, env: Env, vaultKey: VaultKeyPair): Promise<void> {
  await ensureVaultKey(database.db, vaultKey)
  await ensurePartitions(database)
  if (env.AKCP_INTERNAL_TOKEN) await ensureInternalApp(database.db)
  await ensureAlerting(database.db, env)
  for (const override of overridesOf(env)) {
    await database.db.transaction((tx) => applyOverride(tx, override, env.AKCP_ALLOW_PRIVATE_ORIGINS))
  }
}

async function ensureVaultKey(db: Db, vaultKey: VaultKeyPair): Promise<void> {
  const known = await newestVaultKey(db)
  if (!known) return await insertVaultKey(db, { id: vaultKey.id, publicKey: vaultKey.publicKey })
  if (known.id !== vaultKey.id) {
    throw new EnvError(
      `AKCP_MASTER_KEY is not the one that this database's secrets are sealed for (vault key ${known.id}): start with the master key it was set up with`,
    )
  }
}

/** Attribution `*`: whoever holds the internal token is trusted to name any tenant. */
async function ensureInternalApp(db: Db): Promise<void> {
  if (await findAppByName(db, 'internal')) return
  const scopes = { tenantScope: ['*'], projectScope: ['*'], featureScope: ['*'] }
  await insertApp(db, { id: newId(), name: 'internal', tenant: 'default', project: 'default', ...scopes })
}

/** The default rules, each added once, and the channel that the environment names. */
async function ensureAlerting(db: Db, env: Env): Promise<void> {
  await insertAlertRules(db, defaultRules)
  const { FEISHU_WEBHOOK_URL: url, FEISHU_WEBHOOK_SECRET: secret } = env
  if (!url) return
  const refused = checkChannelUrl('feishu', url, env.AKCP_ALLOW_PRIVATE_ORIGINS)
  if (refused) throw new EnvError(`FEISHU_WEBHOOK_URL is not accepted: ${refused}`)
  const values = { urlRef: 'env:FEISHU_WEBHOOK_URL', urlHint: urlHint(url), signed: secret !== undefined }
  await insertChannel(db, { id: environmentChannelId, name: 'Feishu', kind: 'feishu', ...values })
  await updateChannel(db, environmentChannelId, values)
}

type Override = ProviderOverride & { keys: { name: string; standby: boolean }[] }

function overridesOf(env: Env): Override[] {
  const found: Override[] = env.providers.map((override) => ({
    ...override,
    keys: override.apiKeyVariable ? [{ name: override.apiKeyVariable, standby: false }] : [],
  }))
  const short = [
    ...(env.OPENAI_API_KEY ? [{ name: 'OPENAI_API_KEY', standby: false }] : []),
    ...(env.OPENAI_API_KEY_BACKUP ? [{ name: 'OPENAI_API_KEY_BACKUP', standby: true }] : []),
  ]
  const openai = found.find(({ slug }) => slug === 'openai')
  if (openai) openai.keys.push(...short)
  else if (short.length > 0) found.push({ slug: 'openai', keys: short })
  return found
}

async function applyOverride(tx: Db, override: Override, allowedOrigins: string[]): Promise<void> {
  const provider = await ensureProvider(tx, override, allowedOrigins)
  for (const { name, standby } of override.keys) {
    if (await findKeyByName(tx, provider.id, name)) continue
    const id = newId()
    const status = standby ? ('standby' as const) : ('active' as const)
    await insertKey(tx, { id, providerId: provider.id, name, secretRef: `env:${name}`, status })
    const pool = await ensureDefaultPool(tx, provider, 'production')
    await joinPools(tx, id, [pool.id])
  }
}

async function ensureProvider(tx: Db, override: Override, allowedOrigins: string[]): Promise<Provider> {
  const name = `PROVIDER_${override.slug.toUpperCase().replaceAll('-', '_')}_BASE_URL`
  const refused = override.baseUrl ? checkOrigin(override.baseUrl, allowedOrigins) : null
  if (refused) throw new EnvError(`${name} is not accepted: ${refused}`)
  const baseUrl = override.baseUrl?.replace(/\/+$/, '')
  const given = {
    ...(baseUrl && { baseUrl }),
    ...(override.timeoutMs && { firstByteTimeoutMs: override.timeoutMs }),
  }
  const known = await findProviderBySlug(tx, override.slug)
  if (!known) return await insertProvider(tx, { ...providerValues(override.slug, baseUrl, name), ...given })
  if (Object.keys(given).length === 0) return known
  if (baseUrl && baseUrl !== known.baseUrl) await forgetProviderSecrets(tx, known.id)
  return await updateProvider(tx, known.id, given)
}

function providerValues(slug: string, baseUrl: string | undefined, variable: string) {
  const preset = findPreset(slug) ?? findPreset('custom')
  const url = baseUrl ?? preset?.base_url
  if (!preset || !url)
    throw new EnvError(`${variable} is missing: there is no preset for the provider ${slug}`)
  return { ...presetColumns(preset, url), id: newId(), slug, name: preset.slug === slug ? preset.name : slug }
}
