/** Rows 3 and 4: PostgreSQL is stopped at once, or hangs, under a steady load. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { expect } from 'vitest'
import { createAppKey } from '@/lib/secrets/app-key'
import { type Figures, percentile, round } from '../../support/chaos-report'
import {
  call,
  gauge,
  ledgerFaults,
  noFaults,
  type Seen,
  startCrashingGateway,
  untilFolded,
} from '../../support/crashing-gateway'
import { pepper } from '../../support/gateway'
import { startOwnPostgres } from '../../support/own-postgres'
import { startPlannedUpstream } from '../../support/planned-upstream'

/** What a call may wait for the database, and what a busy machine adds. */
const slowestMs = 2000 + 700
/** Of one gateway: those of its pool, the ledger's and the listening one. */
const connectionsMax = 10

type Options = { how: 'stopped' | 'frozen'; awayMs: number; callsPerSecond: number }

export async function postgresAway({ how, awayMs, callsPerSecond }: Options): Promise<Figures> {
  const [upstream, postgres] = await Promise.all([startPlannedUpstream(), startOwnPostgres()])
  const gateway = await startCrashingGateway({ gatewayUrl: postgres.gatewayUrl, upstream })
  try {
    let over = false
    const isOver = () => over
    // One has hard budgets and goes on within its leases, the other has none.
    const budgeted = steady(gateway.address, () => gateway.rawKey, callsPerSecond / 2, isOver)
    const free = steady(gateway.address, () => gateway.freeKey, callsPerSecond / 2, isOver)
    await sleep(1500)
    const awayAt = Date.now()
    if (how === 'stopped') await postgres.stopAtOnce()
    else postgres.freeze()
    let asking = true
    const newKey = () => createAppKey(Buffer.from(pepper, 'base64')).rawKey
    const unknown = steady(gateway.address, newKey, 5, () => !asking)
    // Each waits for two seconds at most; one that is still asked when the database is back is rightly told 401.
    await sleep(Math.max(0, awayMs - 2200 - (Date.now() - awayAt)))
    asking = false
    const seenUnknown = await unknown
    await sleep(Math.max(0, awayMs - (Date.now() - awayAt)))
    const backlog = await gauge(gateway.address, 'akcp_journal_backlog')
    if (how === 'stopped') await postgres.start()
    else postgres.thaw()
    await sleep(1000)
    over = true
    const foldedMs = await untilFolded(gateway.address)
    const [seenBudgeted, seenFree] = await Promise.all([budgeted, free])
    await untilFolded(gateway.address)

    const report = {
      calls: seenBudgeted.length + seenFree.length,
      okFreePercent: percentOk(seenFree),
      okBudgetedPercent: percentOk(seenBudgeted),
      backlog,
      foldedMs,
      p99Ms: percentile(
        seenFree.map(({ ms }) => ms),
        0.99,
      ),
      refusedP50Ms: percentile(
        seenBudgeted.filter(({ status }) => status === 503).map(({ ms }) => ms),
        0.5,
      ),
      slowestMs: round(Math.max(...[...seenBudgeted, ...seenFree, ...seenUnknown].map(({ ms }) => ms))),
    }
    expect(report.backlog).toBeGreaterThan((awayMs / 1000) * callsPerSecond * 0.3)
    expect(report.okFreePercent).toBeGreaterThanOrEqual(99.9)
    expect(report.slowestMs).toBeLessThan(slowestMs)
    expect(new Set(seenUnknown.map(({ status }) => status))).toEqual(new Set([503]))
    const statuses = new Set([...seenBudgeted, ...seenFree].map(({ status }) => status))
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([])
    const seen = [...seenBudgeted, ...seenFree]
    const { faults, rows } = await ledgerFaults(gateway, upstream, seen)
    expect(faults).toEqual(noFaults)
    await checkNobodyWaits(gateway)
    return { awayMs, ...report, unknown503: seenUnknown.length, rows: rows.size, lost: 0 }
  } finally {
    postgres.thaw()
    await gateway.stop()
    await postgres.remove()
    await upstream.stop()
  }
}

/** Calls at a steady pace, however long each takes; each tenth is a stream. */
async function steady(address: string, rawKey: () => string, perSecond: number, isOver: () => boolean) {
  const pool = new Pool(address, { connections: 200 })
  const running: Promise<Seen>[] = []
  const begin = performance.now()
  while (!isOver()) {
    const isStream = running.length % 10 === 9
    running.push(call(pool, rawKey(), isStream, isStream ? { chunks: 40, everyMs: 25 } : {}))
    await sleep(Math.max(0, begin + (running.length * 1000) / perSecond - performance.now()))
  }
  const seen = await Promise.all(running)
  await pool.destroy()
  return seen
}

/** After its return no connection is more than there should be, no statement hangs, and new calls do not wait. */
async function checkNobodyWaits({
  database,
  address,
  rawKey,
}: Awaited<ReturnType<typeof startCrashingGateway>>) {
  await expect
    .poll(
      async () => {
        const [row] = await database.sql`
          select count(*)::int as open, count(*) filter (where state <> 'idle' and now() - state_change > '2 s')::int as stuck
          from pg_stat_activity where application_name like 'akcp-%'`
        return { tooMany: Math.max(0, row?.open - connectionsMax), stuck: row?.stuck }
      },
      { timeout: 10_000, interval: 250 },
    )
    .toEqual({ tooMany: 0, stuck: 0 })
  const pool = new Pool(address)
  for (let n = 0; n < 20; n++) {
    const { status, ms } = await call(pool, rawKey, false)
    expect([status, ms < 500]).toEqual([200, true])
  }
  await pool.destroy()
}

function percentOk(seen: Seen[]): number {
  const ok = seen.filter(({ status, whole }) => status === 200 && whole).length
  return Math.floor((1000 * ok) / seen.length) / 10
}
