/**
 * One gateway process as `npm start` runs it, with an app that has a hard budget, made to be killed and started again on
 * its data; and what must hold of its ledger afterwards.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { connect } from '@/lib/data/database'
import { freePort } from '@/lib/server/free-port'
import { masterKey, pepper, registryOf } from './gateway'
import { launchSystem, type Running, temporaryFolder, untilReady } from './system'
import type { Upstream } from './upstream'

export type CrashingGateway = Awaited<ReturnType<typeof startCrashingGateway>>

type Options = {
  gatewayUrl: string
  upstream: Upstream
  dataDir?: string
  variables?: Record<string, string>
}

export async function startCrashingGateway({ gatewayUrl, upstream, dataDir, variables }: Options) {
  const settings = {
    ROLE: 'gateway',
    DATABASE_URL: gatewayUrl,
    AKCP_MASTER_KEY: masterKey,
    AKCP_APP_KEY_PEPPER: pepper,
    AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin,
    LOG_LEVEL: 'warn',
    DRAIN_SECONDS: '5',
    DATA_DIR: dataDir ?? (await temporaryFolder()),
    PORT: String(await freePort()),
    ...variables,
  }
  let running = launchSystem(settings)
  await untilReady(running)
  const database = connect(gatewayUrl, { max: 2, name: 'akcp crash test' })
  const apps = await makeRegistry(database, upstream)
  await sleep(1200)
  return {
    ...apps,
    database,
    get running(): Running {
      return running
    },
    get address() {
      return running.address
    },
    dataDir: settings.DATA_DIR,
    async kill() {
      const ended = new Promise((resolve) => running.process.once('exit', resolve))
      running.process.kill('SIGKILL')
      await ended
    },
    /** Does not wait until it is ready. */
    launch() {
      running = launchSystem(settings)
      return running
    },
    async restart() {
      running = launchSystem(settings)
      await untilReady(running)
    },
    async stop() {
      await running.stop().catch(() => {})
      await running.clean()
      await database.close()
    },
  }
}

/** The provider `mock` whose streams take seconds, with a price, and two apps with keys of their own: one with hard budgets, one with none. */
async function makeRegistry(database: ReturnType<typeof connect>, upstream: Upstream) {
  const add = registryOf(database)
  const provider = await add.provider({ slug: 'mock', baseUrl: upstream.baseUrl })
  const key = await add.key(provider, 'sk-crash')
  await add.price(provider, '*', 1, 100)
  const app = await add.app('budgeted')
  const budget = await add.budget('app', app.id, 1000, { hard: true })
  await add.budget('key', key.id, 2000, { hard: true })
  await add.budget('tenant', 'acme', 5000)
  await add.key(provider, 'sk-free', { environment: 'staging' })
  const free = await add.app('free', { tenant: 'other', project: 'other', environment: 'staging' })
  await upstream.add({
    match: { model: 'custom-stream' },
    response: { content: 'word '.repeat(120) },
    streamingProfile: { ttft: 20, tps: 40 },
  })
  return { budget, rawKey: (await add.appKey(app)).rawKey, freeKey: (await add.appKey(free)).rawKey }
}

export type Seen = { status: number; id: string; whole: boolean; ms: number }

/** Calls on `connections` connections until `isOver`, every other one a stream of some seconds; what clients saw of them. */
export async function load(
  address: string,
  rawKey: string,
  connections: number,
  isOver: () => boolean,
  pauseMs = 0,
): Promise<Seen[]> {
  const pool = new Pool(address, { connections })
  const seen: Seen[] = []
  await Promise.all(
    Array.from({ length: connections }, async (_, n) => {
      while (!isOver()) {
        seen.push(await call(pool, rawKey, n % 2 === 1))
        if (pauseMs > 0) await sleep(pauseMs)
      }
    }),
  )
  await pool.destroy()
  return seen
}

export async function call(pool: Pool, rawKey: string, stream: boolean): Promise<Seen> {
  const seen: Seen = { status: 0, id: '', whole: false, ms: 0 }
  const startedAt = performance.now()
  try {
    const answer = await pool.request({
      path: '/api/v1/chat/completions',
      method: 'POST',
      headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: stream ? 'custom-stream' : 'gpt-4o',
        stream,
        max_tokens: 200,
        messages: [{ role: 'user', content: 'hello' }],
      }),
    })
    seen.status = answer.statusCode
    seen.id = String(answer.headers['x-akcp-request'] ?? '')
    seen.ms = performance.now() - startedAt
    await answer.body.text()
    seen.whole = true
  } catch {
    // The process was killed.
  }
  return seen
}

/** Ids of the calls that the provider saw: each attempt carries the id of its ledger row. */
export async function servedIds(upstream: Upstream): Promise<Set<string>> {
  const calls = (await upstream.connections()).filter(({ path }) => path === '/chat/completions')
  return new Set(calls.map(({ headers }) => headers['x-request-id'] ?? ''))
}

export type LedgerRead = { id: string; outcome: string; cost_source: string; count: number }

export async function ledgerOf({ database }: CrashingGateway): Promise<LedgerRead[]> {
  return await database.sql<LedgerRead[]>`
    select id, max(outcome) as outcome, max(cost_source) as cost_source, count(*)::int as count
    from requests where outcome <> 'refused' group by id`
}

/** Waits until the journals of all processes but the living one are gone, and nothing is open in that. */
export async function untilAdopted({ dataDir, database }: CrashingGateway, seconds = 60): Promise<void> {
  const folder = join(dataDir, 'journal')
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const journals = existsSync(folder) ? readdirSync(folder).length : 0
    if (journals <= 1) return
    if (Date.now() > deadline) {
      const leases = await database.sql`select process_id, sum(amount_nanos) from leases group by 1`
      throw new Error(`${journals} journals after ${seconds} s; leases: ${JSON.stringify(leases)}`)
    }
    await sleep(50)
  }
}

/** What is posted is what the rows say, and only the living process holds money. */
export async function budgetFaults({ database, running }: CrashingGateway): Promise<readonly unknown[]> {
  return await database.sql`
    select w.budget_id, w.posted_nanos, w.leased_nanos, w.lost_nanos, coalesce(r.nanos, 0) as rows, l.living, l.gone
    from budget_windows w
    left join lateral (
      select sum(c.nanos) as nanos from requests, jsonb_to_recordset(charges) as c(budget_id uuid, window_start timestamptz, nanos bigint)
      where charges is not null and c.budget_id = w.budget_id and c.window_start = w.window_start) r on true
    left join lateral (
      select coalesce(sum(s.amount_nanos) filter (where p.pid = ${running.process.pid ?? 0}), 0) as living,
        coalesce(sum(s.amount_nanos) filter (where p.pid is distinct from ${running.process.pid ?? 0}), 0) as gone
      from leases s left join processes p on p.id = s.process_id
      where s.budget_id = w.budget_id and s.window_start = w.window_start) l on true
    where w.posted_nanos <> coalesce(r.nanos, 0) or w.leased_nanos <> l.living or l.gone <> 0 or w.lost_nanos <> 0`
}
