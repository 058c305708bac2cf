/** One gateway in one process: what the steps share, the clockwork around them, and an orderly end. */
import { hostname } from 'node:os'
import pino from 'pino'
import type { Database } from '@/lib/data/database'
import { foldRequests } from '@/lib/data/ledger'
import { forgetDeadProcesses, forgetProcess, markProcess } from '@/lib/data/processes'
import { type Env, EnvError } from '@/lib/env'
import { HealthBook } from '@/lib/health/book'
import { createPriceBook } from '@/lib/ledger/prices'
import { LedgerWriter } from '@/lib/ledger/writer'
import { errorText, log } from '@/lib/log'
import { bootstrap } from '@/lib/registry/bootstrap'
import { Registry } from '@/lib/registry/registry'
import { vaultKeyPair } from '@/lib/secrets/vault'
import { version } from '@/package.json'
import type { Call, Reply } from './call'
import type { Context } from './context'
import { handle } from './handle'
import { createMetrics } from './metrics'
import { startProbes } from './probes'
import { createUpstream } from './upstream'
import { startVaultTasks } from './vault-tasks'

const heartbeatMs = 5000
/** Past this the database counts as away. */
const silenceMs = 5000
const flushMs = 30_000
const staleMs = 1000

export type GatewayOptions = {
  env: Env
  database: Database
  processId: string
  door?: 'server' | 'serverless'
  /** The portal's address, such as `https://akcp.example.com`. */
  portalUrl?: string
}

export type Gateway = {
  handle(call: Call, reply: Reply): void
  /** Resolves when a read of the registry that began after this call has ended. */
  refresh(): Promise<void>
  /** Refreshes when the registry has not been checked for a second: for processes that sleep between calls. */
  ensureFresh(): Promise<void>
  /** Why this process should get no calls: `starting`, `draining`, `database`. */
  notReady(): string[]
  metrics(): Promise<string>
  /** Refuses new calls and resolves when those in flight have ended, or after `ms`. */
  drain(ms: number): Promise<void>
  /** Writes what the ledger still holds and lets go of everything. False when rows could not be written. */
  stop(): Promise<boolean>
}

/** Throws `EnvError` when the master key is not this database's. */
export async function createGateway({
  env,
  database,
  processId,
  door = 'server',
  portalUrl,
}: GatewayOptions): Promise<Gateway> {
  if (!env.AKCP_MASTER_KEY)
    throw new EnvError('AKCP_MASTER_KEY is missing: a gateway cannot open secrets without it')
  if (!env.AKCP_APP_KEY_PEPPER)
    throw new EnvError('AKCP_APP_KEY_PEPPER is missing: app keys cannot be checked without it')
  const vaultKey = await vaultKeyPair(env.AKCP_MASTER_KEY)
  await bootstrap(database, env, vaultKey)
  const registry = new Registry({
    database,
    privateKey: vaultKey.privateKey,
    secretsDir: env.SECRETS_DIR,
    allowedOrigins: env.AKCP_ALLOW_PRIVATE_ORIGINS,
  })
  const health = new HealthBook(database, processId)
  const ledger = new LedgerWriter((rows) => foldRequests(database, rows))
  const state = { draining: false, inFlight: 0, drained: () => {} }
  const context: Context = {
    processId,
    snapshot: () => registry.snapshot,
    refresh: () => registry.refresh(),
    draining: () => state.draining,
    credentials: { pepper: env.AKCP_APP_KEY_PEPPER, internalToken: env.AKCP_INTERNAL_TOKEN },
    upstream: createUpstream(env.AKCP_ALLOW_PRIVATE_ORIGINS),
    turns: new Map(),
    health,
    throttles: new Map(),
    ledger,
    priceOf: createPriceBook(),
    metrics: createMetrics({ backlog: () => ledger.backlog, lagSeconds: () => ledger.lagSeconds }),
    awaitLedger: door === 'serverless',
    requestUrl: (id) => (portalUrl ? `${portalUrl}/usage/requests/${id}` : null),
    usageLog: env.AKCP_USAGE_JSONL
      ? pino.destination({ dest: env.AKCP_USAGE_JSONL, sync: true, mkdir: true })
      : null,
  }
  await health.start()
  registry.onSecretChanged = (keyId) => health.clear(keyId, Date.now())
  await registry.start()
  const stopProbes = startProbes(context)
  const stopHeartbeat = startHeartbeat(database, processId, door)
  const stopVaultTasks = await startVaultTasks({
    ...context,
    database,
    privateKey: vaultKey.privateKey,
    allowedOrigins: env.AKCP_ALLOW_PRIVATE_ORIGINS,
  })
  return {
    handle(call, reply) {
      state.inFlight++
      void handle(context, call, reply).finally(() => {
        if (--state.inFlight === 0) state.drained()
      })
    },
    refresh: () => registry.refresh(),
    async ensureFresh() {
      if (Date.now() - registry.seenAt > staleMs) await registry.refresh().catch(() => {})
    },
    notReady: () => [
      ...(state.draining ? ['draining'] : []),
      ...(Date.now() - registry.seenAt > silenceMs ? ['database'] : []),
    ],
    metrics: () => context.metrics.text(),
    async drain(ms) {
      state.draining = true
      if (state.inFlight > 0) {
        log.info({ in_flight: state.inFlight }, 'waiting for calls in flight')
        await Promise.race([new Promise<void>((resolve) => (state.drained = resolve)), sleep(ms)])
      }
    },
    async stop() {
      state.draining = true
      const written = await ledger.flush(flushMs)
      if (!written) log.error({ rows: ledger.backlog }, 'ledger rows could not be written before the end')
      stopProbes()
      await stopVaultTasks()
      await health.stop()
      await stopHeartbeat()
      await registry.stop()
      await context.upstream.destroy()
      return written
    },
  }
}

function startHeartbeat(database: Database, id: string, door: 'server' | 'serverless'): () => Promise<void> {
  const role = door === 'server' ? ('gateway' as const) : ('serverless' as const)
  const beat = () =>
    markProcess(database.db, { id, role, host: hostname(), pid: process.pid, version }).catch((error) =>
      log.warn({ error: errorText(error) }, 'this process could not be marked as living'),
    )
  void beat()
  void forgetDeadProcesses(database.db).catch(() => {})
  const timer = setInterval(beat, heartbeatMs)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await forgetProcess(database.db, id).catch(() => {})
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
