/** One gateway in one process: what the steps share, the clockwork around them, and an orderly end. */
import { hostname } from 'node:os'
import pino from 'pino'
import { type DeliveryContext, testChannel } from '@/lib/alerts/deliver'
import { leaseStore, releaseLeases } from '@/lib/data/budgets'
import type { Database } from '@/lib/data/database'
import { forgetProcess, livingGateways, markProcess } from '@/lib/data/processes'
import { type Env, EnvError } from '@/lib/env'
import { HealthBook } from '@/lib/health/book'
import { scheduledJobs } from '@/lib/jobs/jobs'
import { type JobReport, Schedule } from '@/lib/jobs/run'
import { createPriceBook } from '@/lib/ledger/prices'
import { BudgetBook } from '@/lib/limits/budget-book'
import type { Peers } from '@/lib/limits/rate'
import { createRateLimits } from '@/lib/limits/rate-limits'
import { errorText, log } from '@/lib/log'
import { bootstrap } from '@/lib/registry/bootstrap'
import { Registry } from '@/lib/registry/registry'
import { vaultKeyPair } from '@/lib/secrets/vault'
import { startTelemetry } from '@/lib/telemetry/telemetry'
import { within } from '@/lib/within'
import { version } from '@/package.json'
import type { Call, Reply } from './call'
import type { Context } from './context'
import { TokenRatios } from './estimate'
import { handle } from './handle'
import { LoadBook } from './load-book'
import { aboutCaller } from './me'
import { createMetrics } from './metrics'
import { openLedger } from './open-ledger'
import { readingOf } from './reading'
import { RetryBudgets } from './retry-budget'
import { createUpstream } from './upstream'
import { startVaultTasks } from './vault-tasks'

const heartbeatMs = 5000
/** Past this the database counts as away. */
const silenceMs = 5000
const flushMs = 10_000
/** Each part gets so long for its end; less when the database is away. */
const endMs = { normal: 2000, away: 300 }
/** Calls that were just cut off still hand over their rows. */
const lastRowsMs = 1000
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
  /** Runs all scheduled jobs that are due and that no other process runs. Throws when the database does not answer. */
  runDue(): Promise<JobReport[]>
  /** Runs what is due by itself: for processes that stay. */
  startSchedule(): void
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
  const usageLog = env.AKCP_USAGE_JSONL
    ? pino.destination({ dest: env.AKCP_USAGE_JSONL, sync: true, mkdir: true })
    : null
  const ledger = openLedger({
    database,
    processId,
    dataDir: door === 'server' ? env.DATA_DIR : null,
    onInterrupted(rows) {
      for (const row of rows) usageLog?.write(`${row}\n`)
    },
  })
  const peers: Peers = { count: 1, rank: 0 }
  const limits = createRateLimits(env, () => peers)
  const budgets = new BudgetBook(leaseStore(database, processId), { keepLeases: door === 'server' })
  const state = { draining: false, inFlight: 0, drained: () => {} }
  const context: Context = {
    processId,
    snapshot: () => registry.snapshot,
    refresh: () => registry.refresh(),
    draining: () => state.draining,
    credentials: { pepper: env.AKCP_APP_KEY_PEPPER, internalToken: env.AKCP_INTERNAL_TOKEN },
    upstream: createUpstream(env.AKCP_ALLOW_PRIVATE_ORIGINS),
    random: Math.random,
    turns: new Map(),
    loads: new LoadBook(),
    retries: new RetryBudgets(),
    health,
    limits,
    budgets,
    ratios: new TokenRatios(),
    ledger: ledger.writer,
    journal: ledger.journal,
    priceOf: createPriceBook(),
    metrics: createMetrics(
      readingOf({
        snapshot: () => registry.snapshot,
        health,
        budgets,
        limits,
        ledger,
        inFlight: () => state.inFlight,
      }),
    ),
    telemetry: env.OTEL_EXPORTER_OTLP_ENDPOINT ? await startTelemetry(processId) : null,
    aboutCaller: (caller) => aboutCaller(database, caller, registry.snapshot.timeZone, new Date()),
    awaitLedger: door === 'serverless',
    requestUrl: (id) => (portalUrl ? `${portalUrl}/usage/requests/${id}` : null),
    usageLog,
  }
  const idle = async (ms: number) => {
    if (state.inFlight === 0) return
    await Promise.race([new Promise<void>((resolve) => (state.drained = resolve)), sleep(ms)])
  }
  await health.start()
  registry.onSecretChanged = (keyId) => health.clear(keyId, Date.now())
  await registry.start()
  await limits.start()
  await budgets.start()
  ledger.startRecovery()
  const delivery: DeliveryContext = {
    database,
    processId,
    privateKey: vaultKey.privateKey,
    upstream: context.upstream,
    allowedOrigins: env.AKCP_ALLOW_PRIVATE_ORIGINS,
    portalUrl: portalUrl ?? null,
    environmentBot: env.FEISHU_WEBHOOK_URL
      ? { url: env.FEISHU_WEBHOOK_URL, secret: env.FEISHU_WEBHOOK_SECRET ?? null }
      : null,
  }
  const schedule = new Schedule({ database, processId, jobs: scheduledJobs(context, database, delivery) })
  const stopHeartbeat = await startHeartbeat({
    database,
    processId,
    door,
    details: () => ({ limits: limits.state, ledger: { lagSeconds: ledger.writer.lagSeconds } }),
    peers,
  })
  const stopVaultTasks = await startVaultTasks({
    ...context,
    database,
    privateKey: vaultKey.privateKey,
    allowedOrigins: env.AKCP_ALLOW_PRIVATE_ORIGINS,
    testChannel: (channelId) => testChannel(delivery, channelId),
  })
  return {
    handle(call, reply) {
      state.inFlight++
      void handle(context, call, reply).then(() => {
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
    async runDue() {
      const reports = await schedule.runDue()
      // A process that may be frozen after the answer has written by then what the jobs have found out.
      if (door === 'serverless') await Promise.all([health.write(), context.ledger.flush(silenceMs)])
      return reports
    },
    startSchedule: () => schedule.start(),
    async drain(ms) {
      state.draining = true
      if (state.inFlight > 0) log.info({ in_flight: state.inFlight }, 'waiting for calls in flight')
      await idle(ms)
    },
    async stop() {
      state.draining = true
      await within(endMs.normal, schedule.stop()).catch(() => {})
      await idle(lastRowsMs)
      const written = await ledger.end(flushMs)
      if (!written)
        log.error({ rows: ledger.writer.backlog }, 'ledger rows could not be written before the end')
      const end = (part: () => Promise<unknown>) =>
        within(written ? endMs.normal : endMs.away, part()).then(
          () => true,
          (error) => {
            log.warn({ error: errorText(error) }, 'a part of the gateway could not end in order')
            return false
          },
        )
      const { telemetry } = context
      const parts = [budgets, limits, health, registry, ...(telemetry ? [telemetry] : [])]
      for (const part of parts) await end(() => part.stop())
      await end(stopVaultTasks)
      const clean = written && state.inFlight === 0 && (await end(() => releaseLeases(database, processId)))
      await end(() => stopHeartbeat(clean))
      await ledger.close(clean)
      await context.upstream.destroy()
      return written
    },
  }
}

type Heartbeat = {
  database: Database
  processId: string
  door: 'server' | 'serverless'
  details: () => Record<string, unknown>
  /** Kept true: without shared counters each gateway has its part of every limit. */
  peers: Peers
}

/** What is returned ends it; a process that leaves something behind stays known, for `abandonedLeases`. */
async function startHeartbeat(heartbeat: Heartbeat): Promise<(clean: boolean) => Promise<void>> {
  const { database, processId: id, door, details, peers } = heartbeat
  const role = door === 'server' ? ('gateway' as const) : ('serverless' as const)
  const beat = async () => {
    try {
      await markProcess(database.db, {
        id,
        role,
        host: hostname(),
        pid: process.pid,
        version,
        details: details(),
      })
      const living = await livingGateways(database.db)
      peers.count = Math.max(1, living.length)
      peers.rank = Math.max(0, living.indexOf(id))
    } catch (error) {
      log.warn({ error: errorText(error) }, 'this process could not be marked as living')
    }
  }
  await beat()
  const timer = setInterval(beat, heartbeatMs)
  timer.unref()
  return async (clean) => {
    clearInterval(timer)
    if (clean) await forgetProcess(database.db, id)
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
