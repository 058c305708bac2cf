/** Row 9: clients that leave in the middle of a stream. */
import { type ClientRequest, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Figures, percentile } from '../../support/chaos-report'
import {
  type CrashingGateway,
  type LedgerRead,
  ledgerFaults,
  noFaults,
  untilFolded,
} from '../../support/crashing-gateway'
import type { Served } from '../../support/planned-upstream'
import { onStage } from './stage'

type Leaving = { streams: number; atOnce: number; socketsAfterMs: number | null; random: () => number }
type Left = { id: string; chunks: number; leftAt: number }

export async function leavingClients(options: Leaving): Promise<Figures> {
  return await onStage({}, async ({ upstream, gateway }) => {
    const left: Left[] = []
    let begun = 0
    await Promise.all(
      Array.from({ length: options.atOnce }, async () => {
        while (begun++ < options.streams) {
          left.push(await readAndLeave(gateway, 1 + Math.floor(options.random() * 20)))
        }
      }),
    )
    await sleep(1500)
    await untilFolded(gateway.address)
    const { faults, rows } = await ledgerFaults(gateway, upstream)
    expect(faults).toEqual(noFaults)
    expect(rows.size).toBe(options.streams)
    const served = new Map((await upstream.served()).map((entry) => [entry.id, entry]))
    const compared = left.map((one) => compare(one, served.get(one.id), rows.get(one.id)))
    const cutMs = compared.map(({ cutAfterMs }) => cutAfterMs)
    const beyond = compared.map(({ chunksBeyond }) => chunksBeyond)
    expect(Math.max(...cutMs)).toBeLessThan(1000)
    // A busy machine delivers several at once.
    expect(percentile(beyond, 0.95)).toBeLessThanOrEqual(1)
    if (options.socketsAfterMs !== null) await sleep(options.socketsAfterMs)
    const openSockets = await upstream.sockets()
    if (options.socketsAfterMs !== null) expect(openSockets).toBe(0)
    return {
      streams: options.streams,
      cutP50Ms: percentile(cutMs, 0.5),
      cutSlowestMs: Math.max(...cutMs),
      chunksBeyondP95: percentile(beyond, 0.95),
      chunksBeyondMost: Math.max(...beyond),
      openSockets,
    }
  })
}

/** What the client, the provider and the ledger say of one stream. */
function compare({ id, chunks, leftAt }: Left, served: Served | undefined, row: LedgerRead | undefined) {
  const said = [id, served?.end, row?.outcome, row?.cost_source]
  expect(said).toEqual([id, 'cut', 'client_closed', 'estimated'])
  const tokens = row?.output_tokens ?? 0
  // Charged is what came from the provider: what the client read, and at most what was on its way then.
  expect(tokens).toBeGreaterThanOrEqual(chunks)
  expect(tokens).toBeLessThanOrEqual(served?.chunks ?? 0)
  return { cutAfterMs: (served?.endedAt ?? 0) - leftAt, chunksBeyond: tokens - chunks }
}

/** Reads `wanted` events of a stream of 10 a second, and breaks the connection off. */
async function readAndLeave({ address, rawKey }: CrashingGateway, wanted: number): Promise<Left> {
  return await new Promise((resolve, reject) => {
    const asked = post(address, rawKey, { chunks: 1000, everyMs: 100 })
    asked.on('error', reject)
    asked.on('response', (response) => {
      const left = { id: String(response.headers['x-akcp-request']), chunks: 0, leftAt: 0 }
      response.on('data', (bytes: Buffer) => {
        left.chunks += bytes.toString('latin1').split('data:').length - 1
        if (left.chunks < wanted || left.leftAt) return
        left.leftAt = Date.now()
        asked.off('error', reject).on('error', () => {})
        response.on('error', () => {}).destroy()
        resolve(left)
      })
    })
  })
}

function post(address: string, rawKey: string, plan: object): ClientRequest {
  const asked = request(`${address}/api/v1/chat/completions`, {
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
  })
  const messages = [{ role: 'user', content: 'hello' }]
  asked.end(JSON.stringify({ model: 'gpt-4o', stream: true, max_tokens: 200, messages, plan }))
  return asked
}
