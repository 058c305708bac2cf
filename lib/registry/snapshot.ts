/**
 * What the gateway decides with, in memory: an immutable picture of the registry, indexed for the questions of one
 * call. Built from rows by `buildSnapshot`; a change of the registry makes a new one.
 */
import type {
  AppKeyRow,
  AppRow,
  KeyRow,
  PoolRow,
  PriceRow,
  ProviderRow,
  RegistryRows,
  StopRow,
} from '@/lib/data/registry'
import type { Price } from '@/lib/ledger/cost'
import { type Bounds, type BoundsReader, boundsReader, buildPolicies, type Policies } from './bounds'
import { type ModelList, modelList } from './model-list'

export type Provider = ProviderRow & {
  origin: string
  basePath: string
  patterns: ModelList
  prices: Price[]
}

export type Key = Omit<KeyRow, 'sealed'> & {
  provider: Provider
  bounds: Bounds
  models: ModelList
  /** Null when it cannot be used; `problem` says why. */
  secret: string | null
  problem: string | null
}

export type Member = { key: Key; weight: number; tier: number }
export type Pool = {
  id: string
  slug: string
  name: string
  environment: string
  defaultForProviderId: string | null
  strategy: PoolRow['strategy']
  stickiness: PoolRow['stickiness']
  standbyPercent: number
  fallbackPoolId: string | null
  /** Takes all of this pool's calls until then (milliseconds since the epoch). */
  switched: { toPoolId: string; until: number } | null
  waitMs: number
  models: ModelList
  tenantScope: Set<string> | null
  /** From dear to cheap: a downgrade takes the next one. */
  modelPriority: string[]
  bounds: Bounds
  members: Member[]
}

/** Where a call may go: one of the pool's keys, asked for this model. */
export type Target = {
  pool: Pool
  /** Only keys of this provider; null: any key of the pool. */
  provider: Provider | null
  model: string
  firstByteTimeoutMs: number | null
}

export type ModelRoute = {
  id: string
  name: string
  targets: Target[]
  downgradeTo: string | null
}

export type App = Omit<AppRow, 'pools'> & {
  models: ModelList
  /** Null: every pool of its environments. */
  pools: Set<string> | null
  environments: string[]
  bounds: Bounds
}
export type AppKey = AppKeyRow & { app: App | null; models: ModelList; bounds: Bounds }

export type Stop = {
  id: string
  scope: StopRow['scope']
  scopeId: string
  mode: StopRow['mode']
  rpm: number | null
  models: ModelList
  reason: string
  /** Milliseconds since the epoch. */
  expiresAt: number | null
}

export type Snapshot = {
  version: number
  settings: Record<string, unknown>
  /** By `priority`, then slug. */
  providers: Provider[]
  providersBySlug: Map<string, Provider>
  pools: Map<string, Pool>
  defaultPools: Map<string, Pool>
  routes: Map<string, ModelRoute>
  /** Routes whose name ends in `*`, longest name first. */
  wildcardRoutes: ModelRoute[]
  stops: Stop[]
  policies: Policies
  timeZone: string
  apps: Map<string, App>
  appKeys: Map<string, AppKey>
  internalApp: App | null
}

export type OpenedSecret = { secret: string | null; problem: string | null }

/** `secrets` holds what the vault opened, by key id; `appKeyRows` all app keys, by public id. */
export function buildSnapshot(
  rows: RegistryRows,
  appKeyRows: Map<string, AppKeyRow>,
  secrets: Map<string, OpenedSecret>,
): Snapshot {
  const providers = rows.providers
    .map((row) => buildProvider(row, rows.prices))
    .sort((a, b) => a.priority - b.priority || a.slug.localeCompare(b.slug))
  const providersById = new Map(providers.map((provider) => [provider.id, provider]))
  const boundsOf = boundsReader(rows.budgets)
  const keys = new Map<string, Key>()
  for (const row of rows.keys) {
    const provider = providersById.get(row.providerId)
    if (provider)
      keys.set(row.id, {
        ...buildKey(row, provider, secrets.get(row.id)),
        bounds: boundsOf('key', row.id, row.limits),
      })
  }
  const pools = buildPools(rows, keys, boundsOf)
  const routes = buildRoutes(rows, pools)
  const apps = new Map(
    rows.apps.map((row) => [row.id, { ...buildApp(row), bounds: boundsOf('app', row.id, row.limits) }]),
  )
  const appKeys = new Map<string, AppKey>()
  for (const row of appKeyRows.values()) {
    appKeys.set(row.publicId, {
      ...row,
      app: apps.get(row.appId) ?? null,
      models: modelList(row.allowedModels),
      bounds: boundsOf('app_key', row.id, row.limits),
    })
  }
  return {
    version: rows.version,
    settings: rows.settings,
    timeZone: typeof rows.settings.time_zone === 'string' ? rows.settings.time_zone : 'UTC',
    policies: buildPolicies(rows, boundsOf),
    providers,
    providersBySlug: new Map(providers.map((provider) => [provider.slug, provider])),
    pools,
    defaultPools: new Map(
      [...pools.values()]
        .filter((pool) => pool.defaultForProviderId)
        .map((pool) => [defaultPoolKey(pool.defaultForProviderId ?? '', pool.environment), pool]),
    ),
    routes: new Map(routes.filter((route) => !route.name.endsWith('*')).map((route) => [route.name, route])),
    wildcardRoutes: routes
      .filter((route) => route.name.endsWith('*'))
      .sort((a, b) => b.name.length - a.name.length),
    stops: rows.stops.map(buildStop),
    apps,
    appKeys,
    internalApp: [...apps.values()].find((app) => app.name === 'internal') ?? null,
  }
}

export function defaultPoolKey(providerId: string, environment: string): string {
  return `${providerId} ${environment}`
}

function buildProvider(row: ProviderRow, prices: PriceRow[]): Provider {
  const { origin, pathname } = new URL(row.baseUrl)
  return {
    ...row,
    origin,
    basePath: pathname.replace(/\/+$/, ''),
    patterns: modelList(row.modelPatterns),
    prices: prices
      .filter((price) => price.providerId === row.id)
      .map((price) => ({
        id: price.id,
        model: price.model,
        effectiveFrom: price.effectiveFrom.getTime(),
        tiers: [
          {
            aboveInputTokens: -1,
            inputPico: price.inputPico,
            cachedInputPico: price.cachedInputPico ?? price.inputPico,
            outputPico: price.outputPico,
          },
        ],
      }))
      .sort((a, b) => b.effectiveFrom - a.effectiveFrom),
  }
}

function buildKey(row: KeyRow, provider: Provider, opened: OpenedSecret | undefined): Omit<Key, 'bounds'> {
  const { sealed: _, ...rest } = row
  const { secret = null, problem = 'its secret has not been entered' } = opened ?? {}
  return { ...rest, provider, models: modelList(row.allowedModels), secret, problem }
}

function buildPools(rows: RegistryRows, keys: Map<string, Key>, boundsOf: BoundsReader): Map<string, Pool> {
  const pools = new Map<string, Pool>()
  for (const row of rows.pools) {
    pools.set(row.id, {
      id: row.id,
      slug: row.slug,
      name: row.name,
      environment: row.environment,
      defaultForProviderId: row.defaultForProviderId,
      strategy: row.strategy,
      stickiness: row.stickiness,
      standbyPercent: row.standbyPercent,
      fallbackPoolId: row.fallbackPoolId,
      switched:
        row.switchToPoolId && row.switchUntil
          ? { toPoolId: row.switchToPoolId, until: row.switchUntil.getTime() }
          : null,
      waitMs: row.waitSeconds * 1000,
      models: modelList(row.allowedModels),
      tenantScope:
        row.tenantScope.length === 0 || row.tenantScope.includes('*') ? null : new Set(row.tenantScope),
      modelPriority: row.modelPriority,
      bounds: boundsOf('pool', row.id, row.limits),
      members: [],
    })
  }
  const ordered = [...rows.poolKeys].sort((a, b) => a.position - b.position || a.keyId.localeCompare(b.keyId))
  for (const { poolId, keyId, weight, tier } of ordered) {
    const key = keys.get(keyId)
    if (key) pools.get(poolId)?.members.push({ key, weight: weight ?? key.weight, tier: tier ?? key.tier })
  }
  return pools
}

function buildRoutes(rows: RegistryRows, pools: Map<string, Pool>): ModelRoute[] {
  return rows.modelRoutes.map(({ id, name, targets, downgradeTo }) => ({
    id,
    name,
    downgradeTo,
    targets: targets.flatMap(({ pool_id, model, first_byte_timeout_ms }): Target[] => {
      const pool = pools.get(pool_id)
      return pool ? [{ pool, provider: null, model, firstByteTimeoutMs: first_byte_timeout_ms }] : []
    }),
  }))
}

function buildStop({ id, scope, scopeId, mode, rpm, models, reason, expiresAt }: StopRow): Stop {
  return {
    id,
    scope,
    scopeId,
    mode,
    rpm,
    models: modelList(models),
    reason,
    expiresAt: expiresAt?.getTime() ?? null,
  }
}

function buildApp(row: AppRow): Omit<App, 'bounds'> {
  return {
    ...row,
    models: modelList(row.allowedModels),
    pools: row.pools.length ? new Set(row.pools) : null,
    environments: [...new Set([row.environment, ...row.allowEnvironments])],
  }
}
