/** What is left of a gateway process that ended: nothing after an ordinary end, and money whose journal nobody can read. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { abandonedLeases } from '@/lib/data/budgets'
import { markProcess } from '@/lib/data/processes'
import { newId } from '@/lib/id'
import {
  type CrashingGateway,
  call,
  ledgerFaults,
  noFaults,
  startCrashingGateway,
} from '../support/crashing-gateway'
import { type FreshDatabase, freshDatabase } from '../support/database'
import { type PlannedUpstream, startPlannedUpstream } from '../support/planned-upstream'

let upstream: PlannedUpstream
let fresh: FreshDatabase
let gateway: CrashingGateway

beforeAll(async () => {
  upstream = await startPlannedUpstream()
})
afterAll(() => upstream?.stop())
beforeEach(async () => {
  fresh = await freshDatabase()
  await upstream.reset()
})
afterEach(async () => {
  await gateway?.stop()
  await fresh.drop()
})

describe('a gateway that is told to stop', () => {
  it('leaves no journal behind when all is written', async () => {
    gateway = await startCrashingGateway({ gatewayUrl: fresh.gatewayUrl, upstream })
    const pool = new Pool(gateway.address)
    const stream = call(pool, gateway.rawKey, true)
    await sleep(500)
    expect(readdirSync(join(gateway.dataDir, 'journal'))).toHaveLength(1)
    expect(await gateway.running.stop()).toBe(0)
    expect(await stream).toMatchObject({ status: 200, whole: true })
    expect(readdirSync(join(gateway.dataDir, 'journal'))).toEqual([])
    const { faults } = await ledgerFaults(gateway, upstream, [await stream])
    expect(faults).toEqual(noFaults)
    await pool.destroy()
  }, 60_000)
})

describe('money of a process that died where its journal cannot be read', () => {
  it('counts as lost once it has not been seen for an hour, and only then', async () => {
    gateway = await startCrashingGateway({ gatewayUrl: fresh.gatewayUrl, upstream })
    const { database, budget } = gateway
    const gone = newId()
    const lease = async (processId: string, nanos: number) => {
      await database.sql`
        insert into leases (budget_id, window_start, process_id, amount_nanos, granted_nanos)
        values (${budget.id}, '2026-11-01', ${processId}, ${nanos}, ${nanos})`
    }
    await database.sql`
      insert into budget_windows (budget_id, window_start, window_end, limit_nanos, leased_nanos)
      values (${budget.id}, '2026-11-01', '2026-11-02', 1000, 300)`
    await lease(gone, 300)
    const seen = async (minutes: number) => {
      await markProcess(database.db, { id: gone, role: 'gateway', host: 'gone', pid: 1, version: 'test' })
      await database.sql`update processes set seen_at = now() - ${`${minutes} minutes`}::interval where id = ${gone}`
    }
    await seen(59)
    expect(await abandonedLeases(database, [])).toEqual([])
    await seen(61)
    expect(await abandonedLeases(database, [gone])).toEqual([])
    expect(await abandonedLeases(database, [])).toEqual([{ processId: gone, nanos: 300n }])
    await gateway.kill()
    await gateway.restart()
    await vi.waitFor(
      async () => {
        const [window] = await database.sql`
          select leased_nanos, lost_nanos from budget_windows where budget_id = ${budget.id} and window_start = '2026-11-01'`
        expect(window).toEqual({ leased_nanos: '0', lost_nanos: '300' })
      },
      { timeout: 10_000, interval: 200 },
    )
    // Log lines are gathered for a moment.
    await vi.waitFor(() => expect(gateway.running.output()).toContain(`"process_id":"${gone}","usd":3e-7`), {
      timeout: 5000,
      interval: 100,
    })
  }, 60_000)
})
