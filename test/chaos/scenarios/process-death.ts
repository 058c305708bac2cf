/** Rows 1 and 2: `kill -9` of a gateway under streams and calls, and again while it takes up what it had left. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Figures } from '../../support/chaos-report'
import {
  type CrashingGateway,
  ledgerFaults,
  load,
  noFaults,
  untilAdopted,
  untilNothingIsHeld,
} from '../../support/crashing-gateway'
import type { PlannedUpstream } from '../../support/planned-upstream'
import { onStage } from './stage'

type Options = {
  rounds: number
  /** Half of them streams. */
  connections: number
  random: () => number
  /** How often it is killed again while it replays, before it may finish. */
  killsInReplay: number
  /** Whether to wait until idle leases have gone back, which takes half a minute. */
  untilIdle: boolean
}

export async function killedUnderLoad(options: Options): Promise<Figures> {
  return await onStage({}, async ({ upstream, gateway }) => {
    const total = { served: 0, rows: 0, interrupted: 0, slowestAdoptionMs: 0 }
    for (let round = 0; round < options.rounds; round++) {
      const { served, adoptedMs, rows, interrupted } = await killOnce(gateway, upstream, options, round)
      total.served += served
      total.rows = rows
      total.interrupted = interrupted
      total.slowestAdoptionMs = Math.max(total.slowestAdoptionMs, adoptedMs)
    }
    expect(total.interrupted).toBeGreaterThan((options.rounds * options.connections) / 10)
    const figures: Figures = { rounds: options.rounds, connections: options.connections, ...total, lost: 0 }
    if (options.untilIdle) figures.leasesBackMs = await untilNothingIsHeld(gateway)
    return figures
  })
}

async function killOnce(
  gateway: CrashingGateway,
  upstream: PlannedUpstream,
  { connections, random, killsInReplay }: Options,
  round: number,
) {
  await upstream.reset()
  let over = false
  const loading = load(gateway.address, gateway.rawKey, connections, () => over)
  await sleep(500 + random() * 2500)
  over = true
  await gateway.kill()
  const seen = await loading
  for (let kill = 0; kill < killsInReplay; kill++) {
    await untilItReplays(gateway)
    await sleep(random() * 1000)
    await gateway.kill()
  }
  await gateway.restart()
  const readyAt = Date.now()
  await untilAdopted(gateway)
  const adoptedMs = Date.now() - readyAt
  const { faults, served, rows, interrupted } = await ledgerFaults(gateway, upstream, seen)
  expect(faults, `round ${round}`).toEqual(noFaults)
  return { served: served.size, rows: rows.size, interrupted, adoptedMs }
}

/** Starts it; resolves when it has opened a journal of its own, just before it reads those of others. */
async function untilItReplays(gateway: CrashingGateway): Promise<void> {
  const journals = () => readdirSync(join(gateway.dataDir, 'journal'))
  const before = new Set(journals())
  const { process: child } = gateway.launch()
  for (let tries = 0; tries < 2000 && journals().every((name) => before.has(name)); tries++) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${gateway.running.output()}`)
    await sleep(5)
  }
}
