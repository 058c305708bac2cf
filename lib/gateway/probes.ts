import type { Dispatcher } from 'undici'
import type { HealthBook } from '@/lib/health/book'
import { type ProbeResult, probe } from '@/lib/health/probe'
import { errorText, log } from '@/lib/log'
import type { Key, Snapshot } from '@/lib/registry/snapshot'

const tickMs = 5000

type ProbeOptions = { upstream: Dispatcher; health: HealthBook; snapshot(): Snapshot }

/**
 * Asks the provider whether a key works, at no cost, and lets the answer count: a good one brings back what is out, a
 * refused secret keeps it out.
 */
export async function probeKnown(
  { upstream, health }: Pick<ProbeOptions, 'upstream' | 'health'>,
  key: Key,
): Promise<ProbeResult> {
  const { baseUrl, headers } = key.provider
  const result = await probe(upstream, { baseUrl, headers, secret: key.secret ?? '' })
  if (result.ok) health.clear(key.id, Date.now())
  else if (result.class === 'auth') health.postpone(key.id, Date.now())
  return result
}

/** Probes keys whose secret was refused, when their time has come; returns what stops it. */
export function startProbes(options: ProbeOptions): () => void {
  const timer = setInterval(() => {
    const due = new Set(options.health.dueForProbe(Date.now()))
    if (due.size === 0) return
    for (const key of keysOf(options.snapshot())) {
      if (!due.has(key.id) || key.status === 'disabled' || key.secret === null) continue
      probeKnown(options, key).catch((error) =>
        log.warn({ key_id: key.id, error: errorText(error) }, 'a probe failed'),
      )
    }
  }, tickMs)
  timer.unref()
  return () => clearInterval(timer)
}

function keysOf(snapshot: Snapshot): Set<Key> {
  return new Set([...snapshot.pools.values()].flatMap((pool) => pool.members.map(({ key }) => key)))
}
