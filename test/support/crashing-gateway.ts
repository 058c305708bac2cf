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
import type { Plan, PlannedUpstream } from './planned-upstream'
import { launchSystem, type Running, temporaryFolder, untilReady } from './system'

export type CrashingGateway = Awaited<ReturnType<typeof startCrashingGateway>>

type Options = {
  gatewayUrl: string
  upstream: PlannedUpstream
  dataDir?: string
  variables?: Record<string, string>
  /** The provider's own timeouts, where those of the tests are too short. */
  provider?: { firstByteTimeoutMs?: number; idleTimeoutMs?: number; totalTimeoutMs?: number }
}

export async function startCrashingGateway({ gatewayUrl, upstream, dataDir, variables, provider }: Options) {
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
  const apps = await makeRegistry(database, upstream, provider)
  await sleep(1200)
  return {
    ...apps,
    database,
    /** The environment of the process, for a further one beside it. */
    settings,
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

/** The provider `mock` with a price, and two apps with keys of their own: one with hard budgets, one with none. */
async function makeRegistry(
  database: ReturnType<typeof connect>,
  { baseUrl }: PlannedUpstream,
  timeouts: Options['provider'],
) {
  const add = registryOf(database)
  const provider = await add.provider({ slug: 'mock', baseUrl, ...timeouts })
  const key = await add.key(provider, 'sk-crash')
  await add.price(provider, '*', 1, 100)
  const app = await add.app('budgeted')
  const budget = await add.budget('app', app.id, 1000, { hard: true })
  await add.budget('key', key.id, 2000, { hard: true })
  await add.budget('tenant', 'acme', 5000)
  await add.key(provider, 'sk-free', { environment: 'staging' })
  const free = await add.app('free', { tenant: 'other', project: 'other', environment: 'staging' })
  return {
    budget,
    provider,
    add,
    rawKey: (await add.appKey(app)).rawKey,
    freeKey: (await add.appKey(free)).rawKey,
  }
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

/** A stream of three seconds, or what `plan` says. */
export async function call(
  pool: Pool,
  rawKey: string,
  stream: boolean,
  plan: Plan = stream ? { chunks: 120, everyMs: 25 } : {},
): Promise<Seen> {
  const seen: Seen = { status: 0, id: '', whole: false, ms: 0 }
  const startedAt = performance.now()
  try {
    const answer = await pool.request({
      path: '/api/v1/chat/completions',
      method: 'POST',
      headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-4o',
        stream,
        max_tokens: 200,
        messages: [{ role: 'user', content: 'hello' }],
        plan,
      }),
    })
    seen.status = answer.statusCode
    seen.id = String(answer.headers['x-akcp-request'] ?? '')
    seen.ms = performance.now() - startedAt
    const text = await answer.body.text()
    seen.whole = !stream || text.endsWith('data: [DONE]\n\n')
  } catch {
    // The process was killed.
  }
  return seen
}

export type LedgerRead = {
  id: string
  outcome: string
  status: number
  error_code: string | null
  cost_source: string
  output_tokens: number
  attempts: number
  count: number
}

export async function ledgerOf({ database }: CrashingGateway): Promise<LedgerRead[]> {
  return await database.sql<LedgerRead[]>`
    select id, max(outcome) as outcome, max(status) as status, max(error_code) as error_code, max(cost_source) as cost_source,
      max(output_tokens) as output_tokens, max(jsonb_array_length(attempts)) as attempts, count(*)::int as count
    from requests where outcome <> 'refused' group by id`
}

/**
 * Compares the ledger with the provider's journal: what is wrong with rows and budgets, empty when all is well. Each call
 * that the provider saw has one row, and what a client saw whole is in the ledger as it was.
 */
export async function ledgerFaults(gateway: CrashingGateway, upstream: PlannedUpstream, seen: Seen[] = []) {
  const rows = new Map((await ledgerOf(gateway)).map((row) => [row.id, row]))
  const served = await servedIds(upstream)
  const wrong = seen.filter(({ id, status, whole }) => {
    return whole && status === 200 && rows.get(id)?.outcome !== 'ok'
  })
  const interrupted = [...rows.values()].filter(({ outcome }) => outcome === 'interrupted')
  const faults = {
    lost: [...served].filter((id) => !rows.has(id)),
    double: [...rows.values()].filter(({ count }) => count !== 1),
    wrong,
    unflagged: interrupted.filter(({ cost_source }) => cost_source !== 'estimated'),
    budgets: await budgetFaults(gateway),
  }
  return { faults, rows, served, interrupted: interrupted.length }
}

export const noFaults = { lost: [], double: [], wrong: [], unflagged: [], budgets: [] }

/** Ids of the calls that the provider saw: each attempt carries the id of its ledger row. */
export async function servedIds(upstream: PlannedUpstream): Promise<Set<string>> {
  return new Set((await upstream.served()).map(({ id }) => id))
}

/** What a gauge of the gateway's metrics says; `name` is a regular expression. */
export async function gauge(address: string, name: string): Promise<number> {
  const text = await (await fetch(`${address}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1])
}

/** Waits until every row is in the database; returns the milliseconds it took. */
export async function untilFolded(address: string, seconds = 30): Promise<number> {
  const startedAt = Date.now()
  while ((await gauge(address, 'akcp_journal_backlog')) > 0) {
    if (Date.now() - startedAt > seconds * 1000) throw new Error(`rows still wait after ${seconds} s`)
    await sleep(100)
  }
  return Date.now() - startedAt
}

/** Waits until no money is leased any more; returns the milliseconds it took. */
export async function untilNothingIsHeld({ database }: CrashingGateway, seconds = 60): Promise<number> {
  const startedAt = Date.now()
  for (;;) {
    const held = await database.sql`select * from budget_windows where leased_nanos <> 0 or lost_nanos <> 0`
    if (held.length === 0) return Date.now() - startedAt
    if (Date.now() - startedAt > seconds * 1000) throw new Error(`still held: ${JSON.stringify(held)}`)
    await sleep(250)
  }
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
