/** Row 13: SIGTERM under long streams, which all end whole; and a second one, which ends the process at once. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { expect } from 'vitest'
import type { Figures } from '../../support/chaos-report'
import { call, ledgerFaults, noFaults, untilAdopted } from '../../support/crashing-gateway'
import type { PlannedUpstream } from '../../support/planned-upstream'
import { onStage } from './stage'

type Options = { streams: number; seconds: number; drainSeconds: number }

const total = (seconds: number) => ({ totalTimeoutMs: (seconds + 60) * 1000 })
const plan = (seconds: number) => ({ chunks: seconds * 5, everyMs: 200 })

export async function drained({ streams, seconds, drainSeconds }: Options): Promise<Figures> {
  const variables = { DRAIN_SECONDS: String(drainSeconds) }
  return await onStage({ variables, provider: total(seconds) }, async ({ upstream, gateway }) => {
    const pool = new Pool(gateway.address, { connections: streams })
    const running = Promise.all(
      Array.from({ length: streams }, () => call(pool, gateway.rawKey, true, plan(seconds))),
    )
    await untilServed(upstream, streams)
    const ended = once(gateway.running.process, 'exit')
    const toldAt = Date.now()
    gateway.running.process.kill('SIGTERM')
    await sleep(200)
    const refused = await newCalls(gateway.address, gateway.rawKey, (seconds * 1000) / 2)
    const ready = await fetch(`${gateway.address}/api/ready`)
    expect([ready.status, await ready.json()]).toMatchObject([503, { reasons: ['draining'] }])
    const seen = await running
    const [code] = await ended
    await pool.destroy()
    expect(code).toBe(0)
    expect(seen.filter(({ whole }) => !whole)).toEqual([])
    expect([...refused.keys()]).toEqual(['503 draining'])
    // The journal goes when everything in it is in the ledger.
    expect(readdirSync(join(gateway.dataDir, 'journal'))).toEqual([])
    const { faults, rows } = await ledgerFaults(gateway, upstream, seen)
    expect(faults).toEqual(noFaults)
    expect(rows.size).toBe(streams)
    const finished = seen.filter(({ whole }) => whole).length
    const newRefused = refused.get('503 draining') ?? 0
    return { streams, finished, newRefused, code, endedMs: Date.now() - toldAt, rows: rows.size, lost: 0 }
  })
}

/** All of the streams have begun. */
async function untilServed(upstream: PlannedUpstream, streams: number): Promise<void> {
  const chunks = async () => (await upstream.served()).filter((served) => served.chunks > 0).length
  await expect.poll(chunks, { timeout: 20_000, interval: 100 }).toBe(streams)
}

/** How calls on new connections are answered for a while, by status and code. */
async function newCalls(address: string, rawKey: string, ms: number): Promise<Map<string, number>> {
  const answers = new Map<string, number>()
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) {
    const answer = await fetch(`${address}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] }),
    }).then(
      async (response) => `${response.status} ${(await response.json()).error?.code}`,
      (error) => `refused: ${error.cause?.code}`,
    )
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
  }
  return answers
}

export async function toldTwice({ streams, seconds, drainSeconds }: Options): Promise<Figures> {
  const variables = { DRAIN_SECONDS: String(drainSeconds) }
  return await onStage({ variables, provider: total(seconds) }, async ({ upstream, gateway }) => {
    const pool = new Pool(gateway.address, { connections: streams })
    const running = Promise.all(
      Array.from({ length: streams }, () => call(pool, gateway.rawKey, true, plan(seconds))),
    )
    await untilServed(upstream, streams)
    const { process: child } = gateway.running
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await sleep(1200)
    const toldAgainAt = Date.now()
    child.kill('SIGTERM')
    const [code] = await ended
    const endedMs = Date.now() - toldAgainAt
    expect(code).toBe(0)
    expect(endedMs).toBeLessThan(5000)
    await pool.destroy()
    await running
    await gateway.restart()
    await untilAdopted(gateway)
    const { faults, rows, interrupted } = await ledgerFaults(gateway, upstream)
    expect(faults).toEqual(noFaults)
    expect(rows.size).toBe(streams)
    return { streams, code, endedMs, rows: rows.size, interrupted, lost: 0 }
  })
}
