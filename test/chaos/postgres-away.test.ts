/** A gateway that ends while PostgreSQL is away: nothing is lost. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type CrashingGateway,
  call,
  ledgerFaults,
  load,
  noFaults,
  startCrashingGateway,
  untilAdopted,
} from '../support/crashing-gateway'
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres'
import { type PlannedUpstream, startPlannedUpstream } from '../support/planned-upstream'
import { randomFrom, seed } from '../support/random'

let upstream: PlannedUpstream
let postgres: OwnPostgres
let gateway: CrashingGateway

beforeEach(async () => {
  ;[upstream, postgres] = await Promise.all([startPlannedUpstream(), startOwnPostgres()])
  gateway = await startCrashingGateway({ gatewayUrl: postgres.gatewayUrl, upstream })
})
afterEach(async () => {
  postgres?.thaw()
  await gateway?.stop()
  await postgres?.remove()
  await upstream?.stop()
})

async function checkLedger() {
  const { faults, ...checked } = await ledgerFaults(gateway, upstream)
  expect(faults).toEqual(noFaults)
  return checked
}

describe('PostgreSQL stopped, and the gateway killed meanwhile', () => {
  it('what is in the journal is written when both are back, although it is killed twice on the way', async () => {
    const random = randomFrom(seed)
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
      await sleep(500 + random() * 500)
      await gateway.kill()
    }
    await gateway.restart()
    await untilAdopted(gateway)
    const { rows, interrupted } = await checkLedger()
    console.log(`chaos: ${JSON.stringify({ seed, rows: rows.size, interrupted })}`)
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
    expect((await checkLedger()).rows.size).toBe(20)
  })
})
