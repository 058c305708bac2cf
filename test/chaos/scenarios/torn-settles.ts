/** Row 5: connections to the database break at random bytes while calls are settled. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { expect } from 'vitest'
import { type Figures, round } from '../../support/chaos-report'
import { call, ledgerFaults, noFaults, type Seen, untilFolded } from '../../support/crashing-gateway'
import { type CuttingProxy, startCuttingProxy } from '../../support/cutting-proxy'
import { onStage, type Stage } from './stage'

const connections = 32
/** Between two calls of a connection: at some 300 calls/s a batch of the ledger stays at tens of kilobytes. */
const pauseMs = 100
/** So some die within the start of a connection or within a batch, and some after many. */
const lives = { fewest: 200, most: 600 * 1024 }

export async function tornSettles(settles: number, random: () => number): Promise<Figures> {
  let proxy: CuttingProxy | undefined
  const throughProxy = async ({ gatewayUrl }: Stage['fresh']) => {
    proxy = await startCuttingProxy({ port: Number(new URL(gatewayUrl).port), random, ...lives })
    const url = Object.assign(new URL(gatewayUrl), { port: String(proxy.port) }).href
    return { variables: { DATABASE_URL: url, LOG_LEVEL: 'fatal' } }
  }
  try {
    return await onStage(throughProxy, async (stage) => {
      if (!proxy) throw new Error('there is no proxy')
      return await settleThrough(proxy, stage, settles)
    })
  } finally {
    proxy?.stop()
  }
}

async function settleThrough(proxy: CuttingProxy, { gateway, upstream, fresh }: Stage, settles: number) {
  proxy.state.cutting = true
  const pool = new Pool(gateway.address, { connections })
  const seen: Seen[] = []
  let settled = 0
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (settled < settles) {
        const one = await call(pool, gateway.rawKey, false)
        // It must not have ended: nothing would answer any more.
        expect(gateway.running.process.exitCode, gateway.running.output()).toBeNull()
        if (one.status === 200) settled++
        seen.push(one)
        await sleep(pauseMs)
      }
    }),
  )
  proxy.state.cutting = false
  await pool.destroy()
  const foldedMs = await untilFolded(gateway.address)
  // All of its promises have ended when it does so in order, and its leases have gone back.
  const stoppedAt = Date.now()
  const code = await gateway.running.stop()
  const stoppedMs = Date.now() - stoppedAt
  expect(code).toBe(0)
  expect(readdirSync(join(gateway.dataDir, 'journal'))).toEqual([])
  const refused = seen.filter(({ status }) => status !== 200)
  expect([...new Set(refused.map(({ status }) => status))].filter((status) => status !== 503)).toEqual([])
  const slowestMs = round(Math.max(...seen.map(({ ms }) => ms)))
  expect(slowestMs).toBeLessThan(2700)
  const { faults, rows } = await ledgerFaults(gateway, upstream, seen)
  expect(faults).toEqual(noFaults)
  const [sums] = await gateway.database.sql`
    select (select sum(requests)::int from rollups) as in_rollups, (select coalesce(sum(leased_nanos), 0)::int from budget_windows) as leased,
      (select sum(cost_nanos)::text from requests) as cost, (select sum(cost_nanos)::text from rollups) as rolled_cost,
      (select max(posted_nanos)::text from budget_windows) as posted`
  expect(sums).toMatchObject({
    in_rollups: rows.size,
    leased: 0,
    rolled_cost: sums?.cost,
    posted: sums?.cost,
  })
  expect(fresh.gatewayUrl).not.toContain(String(proxy.port))
  const { cuts, connections: opened } = proxy.state
  expect(cuts).toBeGreaterThan(settles / 500)
  return {
    settles: rows.size,
    cuts,
    opened,
    refused503: refused.length,
    slowestMs,
    foldedMs,
    stoppedMs,
    double: 0,
    lost: 0,
  }
}
