/** PostgreSQL stops or hangs under load: calls go on from memory and the journal, and the ledger is whole again soon after. */
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAppKey } from '@/lib/secrets/app-key'
import {
  budgetFaults,
  type CrashingGateway,
  call,
  ledgerOf,
  load,
  type Seen,
  servedIds,
  startCrashingGateway,
  untilAdopted,
} from '../support/crashing-gateway'
import { pepper } from '../support/gateway'
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres'
import { startUpstream, type Upstream } from '../support/upstream'

const awayMs = Number(process.env.CHAOS_AWAY_SECONDS ?? 10) * 1000
let upstream: Upstream
let postgres: OwnPostgres
let gateway: CrashingGateway

beforeEach(async () => {
  ;[upstream, postgres] = await Promise.all([startUpstream(), startOwnPostgres()])
  gateway = await startCrashingGateway({ gatewayUrl: postgres.gatewayUrl, upstream })
})
afterEach(async () => {
  postgres?.thaw()
  await gateway?.stop()
  await postgres?.remove()
  await upstream?.stop()
})

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.address}/metrics`)).text()
  return Number(new RegExp(`^${name} (\\S+)`, 'm').exec(text)?.[1])
}

async function untilFolded(): Promise<number> {
  const startedAt = Date.now()
  while ((await metric('akcp_journal_backlog')) > 0) {
    if (Date.now() - startedAt > 30_000) throw new Error('rows still wait after 30 seconds')
    await sleep(100)
  }
  return Date.now() - startedAt
}

/** Each call that the provider saw has one row, and budgets say what the rows say. */
async function checkLedger() {
  const rows = await ledgerOf(gateway)
  const known = new Set(rows.map(({ id }) => id))
  const served = await servedIds(upstream)
  expect([...served].filter((id) => !known.has(id))).toEqual([])
  expect(rows.filter(({ count }) => count !== 1)).toEqual([])
  expect(await budgetFaults(gateway)).toEqual([])
  return rows
}

function shareOk(seen: Seen[]): number {
  return seen.filter(({ status, whole }) => status === 200 && whole).length / seen.length
}

function slowest(seen: Seen[]): number {
  return Math.round(Math.max(0, ...seen.map(({ ms }) => ms)))
}

describe.each(['stopped', 'frozen'] as const)('PostgreSQL, %s for a while under load', (how) => {
  it('calls go on, unknown app keys get 503, nothing is lost, and the backlog is written soon after its return', async () => {
    let over = false
    const isOver = () => over
    const budgeted = load(gateway.address, gateway.rawKey, 20, isOver, 50)
    const free = load(gateway.address, gateway.freeKey, 20, isOver, 50)
    await sleep(1500)
    if (how === 'stopped') await postgres.stop()
    else postgres.freeze()

    const awayAt = Date.now()
    const pool = new Pool(gateway.address)
    const unknown: Seen[] = []
    while (Date.now() - awayAt < awayMs) {
      const { rawKey } = createAppKey(Buffer.from(pepper, 'base64'))
      unknown.push(await call(pool, rawKey, false))
      await sleep(200)
    }
    const backlog = await metric('akcp_journal_backlog')
    if (how === 'stopped') await postgres.start()
    else postgres.thaw()
    over = true
    const foldedMs = await untilFolded()
    const [seenBudgeted, seenFree] = await Promise.all([budgeted, free])
    await untilFolded()
    await pool.destroy()

    const report = {
      how,
      calls: seenBudgeted.length + seenFree.length,
      backlog,
      foldedMs,
      slowestMs: { budgeted: slowest(seenBudgeted), free: slowest(seenFree), unknown: slowest(unknown) },
      ok: { budgeted: shareOk(seenBudgeted), free: shareOk(seenFree) },
    }
    console.log(`chaos: ${JSON.stringify(report)}`)
    expect(backlog).toBeGreaterThan(100)
    expect(report.ok.free).toBeGreaterThanOrEqual(0.999)
    expect(new Set(unknown.map(({ status }) => status))).toEqual(new Set([503]))
    // Two seconds, and what a busy machine adds.
    for (const ms of Object.values(report.slowestMs)) expect(ms).toBeLessThan(2700)
    await checkLedger()
  })
})

describe('PostgreSQL stopped, and the gateway killed meanwhile', () => {
  it('what is in the journal is written when both are back, although it is killed twice on the way', async () => {
    const seed = randomBytes(4).readUInt32LE()
    console.log(`chaos: seed ${seed}`)
    let over = false
    const loading = load(gateway.address, gateway.freeKey, 100, () => over)
    await sleep(1000)
    await postgres.stop()
    await sleep(4000)
    over = true
    await gateway.kill()
    await loading
    await postgres.start()
    for (let round = 0; round < 4; round++) {
      gateway.launch()
      await sleep(500 + ((seed >>> (8 * round)) & 255) * 2)
      await gateway.kill()
    }
    await gateway.restart()
    await untilAdopted(gateway)
    const rows = await checkLedger()
    const interrupted = rows.filter(({ outcome }) => outcome === 'interrupted').length
    console.log(`chaos: ${JSON.stringify({ rows: rows.length, interrupted })}`)
    expect(interrupted).toBeGreaterThan(0)
  })
})

describe.each(['stopped', 'frozen'] as const)('a gateway told to stop while PostgreSQL is %s', (how) => {
  it('ends with 0 in time, and the next start writes its rows', async () => {
    const pool = new Pool(gateway.address, { connections: 20 })
    if (how === 'stopped') await postgres.stop()
    else postgres.freeze()
    await Promise.all(Array.from({ length: 20 }, () => call(pool, gateway.freeKey, false)))
    const startedAt = Date.now()
    const code = await gateway.running.stop()
    console.log(`chaos: ended after ${Date.now() - startedAt} ms`)
    expect(code).toBe(0)
    expect(Date.now() - startedAt).toBeLessThan(30_000)
    expect(readdirSync(join(gateway.dataDir, 'journal'))).toHaveLength(1)
    await pool.destroy()
    if (how === 'stopped') await postgres.start()
    else postgres.thaw()
    await gateway.restart()
    await untilAdopted(gateway)
    expect(await checkLedger()).toHaveLength(20)
  })
})
