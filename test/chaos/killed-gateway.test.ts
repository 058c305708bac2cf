/** `kill -9` of a gateway under 200 streams and calls, again and again on the same data: no row is lost or double. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  budgetFaults,
  type CrashingGateway,
  ledgerOf,
  load,
  servedIds,
  startCrashingGateway,
  untilAdopted,
} from '../support/crashing-gateway'
import { type FreshDatabase, freshDatabase } from '../support/database'
import { startUpstream, type Upstream } from '../support/upstream'

const rounds = Number(process.env.CHAOS_ROUNDS ?? 20)
const seed = Number(process.env.CHAOS_SEED ?? randomBytes(4).readUInt32LE())
let upstream: Upstream
let fresh: FreshDatabase
let gateway: CrashingGateway

beforeAll(async () => {
  upstream = await startUpstream()
  fresh = await freshDatabase()
  gateway = await startCrashingGateway({ gatewayUrl: fresh.gatewayUrl, upstream })
})
afterAll(async () => {
  await gateway?.stop()
  await fresh?.drop()
  await upstream?.stop()
})

/** From 0 up to 1, the same for the same seed (a linear congruential generator). */
function draw(round: number): number {
  let state = (seed + round) >>> 0
  for (let n = 0; n < 4; n++) state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

it(`every call that the provider saw has one row, in each of ${rounds} rounds`, async () => {
  const total = { served: 0, interrupted: 0, slowestAdoptionMs: 0 }
  for (let round = 0; round < rounds; round++) {
    await upstream.reset()
    let over = false
    const loading = load(gateway.address, gateway.rawKey, 200, () => over)
    await sleep(300 + draw(round) * 2500)
    over = true
    await gateway.kill()
    const seen = await loading
    await gateway.restart()
    const readyAt = Date.now()
    await untilAdopted(gateway)
    total.slowestAdoptionMs = Math.max(total.slowestAdoptionMs, Date.now() - readyAt)

    const rows = new Map((await ledgerOf(gateway)).map((row) => [row.id, row]))
    const served = await servedIds(upstream)
    const lost = [...served].filter((id) => !rows.has(id))
    const double = [...rows.values()].filter(({ count }) => count !== 1)
    const wrong = seen.filter(({ id, status, whole }) => {
      return whole && status === 200 && rows.get(id)?.outcome !== 'ok'
    })
    expect({ lost, double, wrong }, `seed ${seed}, round ${round}`).toEqual({
      lost: [],
      double: [],
      wrong: [],
    })
    expect(await budgetFaults(gateway), `seed ${seed}, round ${round}`).toEqual([])
    total.served += served.size
    total.interrupted = [...rows.values()].filter(({ outcome }) => outcome === 'interrupted').length
  }
  console.log(`chaos: ${JSON.stringify({ seed, rounds, ...total })}`)
  expect(total.served).toBeGreaterThan(rounds * 50)
  expect(total.interrupted).toBeGreaterThan(rounds * 20)
})
