/** When a key is asked whether it works: pure rules. */
import type { Health } from './state'

/** A key that begins to fail is asked again this soon: three failures within a minute take it out, as with calls. */
const soonMs = 10_000

export type ProbeQuestion = {
  enabled: boolean
  intervalMs: number
  /** Milliseconds since the epoch; null: never probed. */
  nextProbeAt: number | null
  /** The latest call that the key answered well, if there was one within the interval. */
  servedAt: number | null
  outlook: Pick<Health, 'state' | 'nextTryAt'>
}

/**
 * `wait`: its time has not come. `seen`: calls have just shown that it works. A key that is out is not asked before its
 * time to try again; one whose secret was refused comes back only so, and is asked then.
 */
export function whetherToProbe(key: ProbeQuestion, now: number): 'probe' | 'wait' | 'seen' {
  if (!key.enabled) return 'wait'
  const { state, nextTryAt } = key.outlook
  if (state !== 'up' && (nextTryAt ?? 0) > now) return 'wait'
  if (state === 'down') return 'probe'
  if (key.nextProbeAt !== null && key.nextProbeAt > now) return 'wait'
  return state === 'up' && key.servedAt !== null && key.servedAt > now - key.intervalMs ? 'seen' : 'probe'
}

/** When a key is asked next, a tenth earlier or later so that keys which began together drift apart. */
export function nextProbe(intervalMs: number, now: number, random: () => number): number {
  return now + Math.round(intervalMs * (0.9 + random() / 5))
}

/** After a probe that failed: soon, or when the key may be tried again. */
export function nextProbeAfterFailure(
  { state, nextTryAt }: Pick<Health, 'state' | 'nextTryAt'>,
  now: number,
): number {
  return state === 'up' ? now + soonMs : Math.max(nextTryAt ?? 0, now + soonMs)
}
