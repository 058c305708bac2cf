/** Real calls through the demo's own gateway, as its apps would make them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { apps } from './cast'
import { skewed } from './random'
import { likelyWork, type Work, works } from './traffic'

const callLimitMs = 30_000
const inFlightMax = 12

/** Returns what stops it: no new calls, and an end of those that are under way. */
export function startTrickle(address: string, rawKeyOf: (app: string) => string): () => Promise<void> {
  const stopping = new AbortController()
  const calls = new Set<Promise<void>>()
  const start = Date.now()
  // One of each kind first, so that every app is seen soon.
  const first = [...works]
  async function run() {
    while (!stopping.signal.aborted) {
      const pauseMs = (-Math.log(1 - Math.random()) * 1000) / callsPerSecond(Date.now() - start)
      await sleep(Math.min(pauseMs, 20_000), null, { signal: stopping.signal, ref: false }).catch(() => {})
      const work = first.shift() ?? likelyWork(Math.random, Date.now())
      if (stopping.signal.aborted || calls.size >= inFlightMax || isDisabled(work.app)) continue
      const call = send(address, rawKeyOf(work.app), work)
        // A call that fails is part of the picture: the ledger has it.
        .catch(() => {})
        .finally(() => calls.delete(call))
      calls.add(call)
    }
    await Promise.all(calls)
  }
  const ended = run()
  return async () => {
    stopping.abort()
    await ended
  }
}

/**
 * Brisk at first, so that somebody who looks sees the pages move; then about the pace of the generated days, which a
 * demo that is left alone must not dwarf.
 */
function callsPerSecond(runningMs: number): number {
  return 0.12 + 1.1 * Math.exp(-runningMs / 150_000)
}

function isDisabled(app: string): boolean {
  return apps.find(({ name }) => name === app)?.status === 'disabled'
}

async function send(address: string, rawKey: string, work: Work): Promise<void> {
  const text = 'Simulated text. '.repeat(Math.ceil(skewed(Math.random, work.input) / 4))
  const body =
    work.endpoint === 'embeddings'
      ? { model: work.model, input: text }
      : {
          model: work.model,
          messages: [{ role: 'user', content: text }],
          max_tokens: Math.max(1, skewed(Math.random, work.output)),
          stream: Math.random() * 100 < work.streams,
        }
  const response = await fetch(`${address}/api/v1/${work.endpoint}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${rawKey}`,
      'content-type': 'application/json',
      'x-feature': work.feature,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(callLimitMs),
  })
  await response.body?.pipeTo(new WritableStream())
}
