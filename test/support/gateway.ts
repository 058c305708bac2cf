import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import OpenAI from 'openai'
import {
  appKeys,
  apps,
  budgets,
  keys,
  modelRoutes,
  policies,
  poolKeys,
  pools,
  prices,
  providers,
  settings,
} from '@/drizzle/schema'
import { connect, type Db } from '@/lib/data/database'
import { ensureDefaultPool, joinPools } from '@/lib/data/pools'
import { newestVaultKey, storeSecret } from '@/lib/data/secrets'
import { parseEnv } from '@/lib/env'
import { createGateway } from '@/lib/gateway/gateway'
import { newId } from '@/lib/id'
import { createAppKey } from '@/lib/secrets/app-key'
import { seal } from '@/lib/secrets/vault'
import { createListener } from '@/lib/server/listener'
import { type FreshDatabase, freshDatabase } from './database'

export const masterKey = Buffer.alloc(32, 7).toString('base64')
export const pepper = Buffer.alloc(32, 9).toString('base64')

export type TestGateway = Awaited<ReturnType<typeof startGateway>>

/** A gateway with its public listener in this process, on a database of its own or a given one. */
export async function startGateway(variables: Record<string, string> = {}, given?: FreshDatabase) {
  const fresh = given ?? (await freshDatabase())
  const database = connect(fresh.gatewayUrl, { max: 4, name: 'akcp test gateway' })
  const dataDir = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'akcp-journal-'))
  const env = parseEnv({
    AKCP_MASTER_KEY: masterKey,
    AKCP_APP_KEY_PEPPER: pepper,
    LOG_LEVEL: 'silent',
    DATA_DIR: dataDir,
    ...variables,
  })
  const gateway = await createGateway({
    env,
    database,
    processId: newId(),
    portalUrl: 'https://portal.example',
  })
  const server = createServer(
    createListener({
      env,
      address: 'http://127.0.0.1',
      frontSecret: 'front',
      gateway,
      portalUrl: () => null,
      notReady: gateway.notReady,
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    fresh,
    database,
    gateway,
    address,
    server,
    add: registryOf(database),
    openai: (apiKey: string, options: { headers?: Record<string, string> } = {}) =>
      new OpenAI({ apiKey, baseURL: `${address}/api/v1`, maxRetries: 0, defaultHeaders: options.headers }),
    async stop() {
      await gateway.drain(1000)
      await gateway.stop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
      if (!given) await fresh.drop()
    },
  }
}

async function storeSealed(db: Db, rowId: string, secret: string, baseUrl: string) {
  const vaultKey = await newestVaultKey(db)
  if (!vaultKey) throw new Error('no gateway has started on this database')
  const sealed = await seal(vaultKey.publicKey, { purpose: 'key', rowId, baseUrl }, secret)
  await storeSecret(db, { purpose: 'key', rowId, sealed, vaultKeyId: vaultKey.id })
}

/** Rows of the registry, with defaults that serve a call. */
export function registryOf({ db }: ReturnType<typeof connect>) {
  return {
    async provider(values: Partial<typeof providers.$inferInsert> & { slug: string; baseUrl: string }) {
      const row = {
        id: newId(),
        name: values.slug,
        dialect: 'openai' as const,
        modelPatterns: ['*'],
        firstByteTimeoutMs: 5000,
        idleTimeoutMs: 5000,
        totalTimeoutMs: 20_000,
        ...values,
      }
      await db.insert(providers).values(row)
      return row
    },
    async key(
      provider: { id: string; slug: string; name: string; baseUrl: string },
      secret: string,
      values: Partial<typeof keys.$inferInsert> = {},
    ) {
      const row = { id: newId(), providerId: provider.id, name: secret, environment: 'production', ...values }
      await db.transaction(async (tx) => {
        await tx.insert(keys).values(row)
        await storeSealed(tx, row.id, secret, provider.baseUrl)
        const pool = await ensureDefaultPool(tx, provider, row.environment)
        await joinPools(tx, row.id, [pool.id])
      })
      return row
    },
    secret: (keyId: string, secret: string, baseUrl: string) => storeSealed(db, keyId, secret, baseUrl),
    async pool(slug: string, keyIds: string[], values: Partial<typeof pools.$inferInsert> = {}) {
      const row = { id: newId(), slug, name: slug, ...values }
      await db.insert(pools).values(row)
      if (keyIds.length > 0) {
        await db
          .insert(poolKeys)
          .values(keyIds.map((keyId, position) => ({ poolId: row.id, keyId, position })))
      }
      return row
    },
    async route(
      name: string,
      targets: { pool: { id: string }; model: string; firstByteTimeoutMs?: number }[],
    ) {
      const stored = targets.map((target) => ({
        pool_id: target.pool.id,
        model: target.model,
        first_byte_timeout_ms: target.firstByteTimeoutMs ?? null,
      }))
      await db.insert(modelRoutes).values({ id: newId(), name, targets: stored })
    },
    /** Dollars per million tokens. */
    async price(provider: { id: string }, model: string, input: number, output: number, cached?: number) {
      const pico = (usd: number) => BigInt(Math.round(usd * 1e6))
      const row = {
        id: newId(),
        providerId: provider.id,
        model,
        inputPico: pico(input),
        cachedInputPico: cached === undefined ? null : pico(cached),
        outputPico: pico(output),
        effectiveFrom: new Date(0),
      }
      await db.insert(prices).values(row)
      return row
    },
    async app(name: string, values: Partial<typeof apps.$inferInsert> = {}) {
      const row = { id: newId(), name, tenant: 'acme', project: 'web', featureScope: ['*'], ...values }
      await db.insert(apps).values(row)
      return row
    },
    async appKey(app: { id: string }, values: Partial<typeof appKeys.$inferInsert> = {}) {
      const { rawKey, publicId, digest, last4 } = createAppKey(Buffer.from(pepper, 'base64'))
      const row = { id: newId(), appId: app.id, name: 'test', publicId, digest, last4, ...values }
      await db.insert(appKeys).values(row)
      return { ...row, rawKey }
    },
    /** Limits of everyone, a tenant, a project or a feature. */
    async policy(
      scope: (typeof policies.$inferInsert)['scope'],
      scopeId: string,
      values: Partial<typeof policies.$inferInsert>,
    ) {
      await db.insert(policies).values({ scope, scopeId, ...values })
    },
    /** Dollars. */
    async budget(
      scope: (typeof budgets.$inferInsert)['scope'],
      scopeId: string,
      limit: number,
      values: Partial<typeof budgets.$inferInsert> = {},
    ) {
      const row = {
        id: newId(),
        scope,
        scopeId,
        period: 'day' as const,
        limitNanos: BigInt(Math.round(limit * 1e9)),
        ...values,
      }
      await db.insert(budgets).values(row)
      return row
    },
    async setting(name: string, value: unknown) {
      await db
        .insert(settings)
        .values({ name, value })
        .onConflictDoUpdate({ target: settings.name, set: { value } })
    },
  }
}
