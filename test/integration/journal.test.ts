/** Gateway processes that are killed, end in order or find their disk full: every call that reached a provider has one row. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { abandonedLeases } from '@/lib/data/budgets'
import { markProcess } from '@/lib/data/processes'
import { newId } from '@/lib/id'
import {
  budgetFaults,
  type CrashingGateway,
  call,
  ledgerOf,
  load,
  servedIds,
  startCrashingGateway,
  untilAdopted,
} from '../support/crashing-gateway'
import { type FreshDatabase, freshDatabase } from '../support/database'
import { startUpstream, type Upstream } from '../support/upstream'

let upstream: Upstream
let fresh: FreshDatabase
let gateway: CrashingGateway

beforeAll(async () => {
  upstream = await startUpstream()
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

/** Every call that the provider saw has one row; what clients saw whole is in it as it was. */
async function checkRows(seen: { id: string; status: number; whole: boolean }[]) {
  const rows = new Map((await ledgerOf(gateway)).map((row) => [row.id, row]))
  const served = await servedIds(upstream)
  expect([...served].filter((id) => !rows.has(id))).toEqual([])
  expect([...rows.values()].filter(({ count }) => count !== 1)).toEqual([])
  for (const { id, whole } of seen.filter(({ status }) => status === 200)) {
    if (whole) expect(rows.get(id)?.outcome).toBe('ok')
  }
  for (const row of rows.values()) {
    if (row.outcome === 'interrupted') expect(row.cost_source).toBe('estimated')
  }
  return {
    rows: rows.size,
    interrupted: [...rows.values()].filter((row) => row.outcome === 'interrupted').length,
  }
}

describe('a gateway that is killed under 200 calls and streams', () => {
  it('has one row for each that reached the provider, gives its money back, and counts exactly', async () => {
    gateway = await startCrashingGateway({ gatewayUrl: fresh.gatewayUrl, upstream })
    let over = false
    const loading = load(gateway.address, gateway.rawKey, 200, () => over)
    await sleep(2500)
    over = true
    await gateway.kill()
    const seen = await loading
    await gateway.restart()
    await untilAdopted(gateway)
    const { rows, interrupted } = await checkRows(seen)
    expect(rows).toBeGreaterThan(200)
    expect(interrupted).toBeGreaterThan(50)
    expect(await budgetFaults(gateway)).toEqual([])
  }, 90_000)

  it('and killed again while it takes up what it had left', async () => {
    gateway = await startCrashingGateway({ gatewayUrl: fresh.gatewayUrl, upstream })
    let over = false
    const loading = load(gateway.address, gateway.rawKey, 200, () => over)
    await sleep(1500)
    over = true
    await gateway.kill()
    const seen = await loading
    for (let round = 0; round < 3; round++) {
      // The launcher needs some time before it opens the ledger; any moment after that will do.
      gateway.launch()
      await sleep(600 + 250 * round)
      await gateway.kill()
    }
    await gateway.restart()
    await untilAdopted(gateway)
    await checkRows(seen)
    expect(await budgetFaults(gateway)).toEqual([])
  }, 90_000)
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
    await checkRows([await stream])
    expect(await budgetFaults(gateway)).toEqual([])
    await pool.destroy()
  }, 60_000)

  it('and told again ends within five seconds, and its streams are in the ledger after the next start', async () => {
    gateway = await startCrashingGateway({
      gatewayUrl: fresh.gatewayUrl,
      upstream,
      variables: { DRAIN_SECONDS: '60' },
    })
    const pool = new Pool(gateway.address, { connections: 20 })
    const streams = Promise.all(Array.from({ length: 20 }, () => call(pool, gateway.rawKey, true)))
    await sleep(500)
    const { process: child } = gateway.running
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await sleep(1200)
    const toldAgainAt = Date.now()
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(Date.now() - toldAgainAt).toBeLessThan(5000)
    await pool.destroy()
    await streams
    await gateway.restart()
    await untilAdopted(gateway)
    expect((await checkRows([])).rows).toBe(20)
    expect(await budgetFaults(gateway)).toEqual([])
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
    // Log lines are gathered for half a second.
    await vi.waitFor(() => expect(gateway.running.output()).toContain(`"process_id":"${gone}","usd":3e-7`), {
      timeout: 5000,
      interval: 100,
    })
  }, 60_000)
})

/** A disk of eight megabytes; null where none can be mounted. */
function smallDisk(): string | null {
  const folder = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'akcp-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder], { stdio: 'ignore' })
    return folder
  } catch {
    rmSync(folder, { recursive: true })
    return null
  }
}

const disk = process.platform === 'linux' && process.getuid?.() === 0 ? smallDisk() : null
afterAll(() => {
  if (disk) execFileSync('umount', [disk])
})

describe('a disk that is full', () => {
  it.skipIf(!disk)(
    'refuses calls with 503 before they reach the provider, and takes them again by itself',
    async () => {
      const dataDir = join(disk ?? '', 'data')
      gateway = await startCrashingGateway({ gatewayUrl: fresh.gatewayUrl, upstream, dataDir })
      const pool = new Pool(gateway.address, { connections: 20 })
      const streams = Promise.all(Array.from({ length: 10 }, () => call(pool, gateway.rawKey, true)))
      await sleep(500)
      const ballast = join(disk ?? '', 'ballast')
      fill(ballast)
      const refused = []
      for (let n = 0; n < 300 && refused.length < 20; n++) {
        const seen = await call(pool, gateway.rawKey, false)
        if (seen.status !== 200) refused.push(seen)
      }
      expect(refused).toHaveLength(20)
      expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]))
      const served = await servedIds(upstream)
      for (const { id } of refused) expect(served.has(id)).toBe(false)
      // Calls that were under way end, and are recorded.
      const begun = await streams
      expect(begun.every(({ status, whole }) => status === 200 && whole)).toBe(true)

      rmSync(ballast)
      const backAt = Date.now()
      while ((await call(pool, gateway.rawKey, false)).status !== 200) {
        expect(Date.now() - backAt).toBeLessThan(5000)
        await sleep(100)
      }
      await sleep(1000)
      await checkRows(begun)
      await pool.destroy()
      expect(existsSync(dataDir)).toBe(true)
    },
    90_000,
  )
})

function fill(file: string): void {
  const chunk = Buffer.alloc(4096)
  try {
    for (let n = 0; n < 10_000; n++) writeFileSync(file, chunk, { flag: 'a' })
  } catch {
    return
  }
  throw new Error('the disk did not fill up')
}
