/** Pressed stop buttons: which of them holds for a call, and what it does. */
import { AkcpError } from '@/lib/errors'
import { names } from '@/lib/registry/model-list'
import type { Stop } from '@/lib/registry/snapshot'

const minuteMs = 60_000

/** Times (ms) of the calls that passed each throttling stop within the last minute. */
export type Throttles = Map<string, number[]>

/** What a call is, as far as stops go: the id of each scope it lies in; that of `global` is empty. */
export type Subject = Partial<Record<Stop['scope'], string>>

export type Hold = { stop: Stop; retryAfterMs: number | null }

/** The stop that keeps a call for `model` from going on, or null. Counts nothing: see `pass`. */
export function heldBy(
  stops: Stop[],
  subject: Subject,
  model: string,
  now: number,
  throttles: Throttles,
): Hold | null {
  for (const stop of applying(stops, subject, now)) {
    if (stop.mode === 'block') return { stop, retryAfterMs: null }
    if (stop.mode === 'economy' && !names(stop.models, model)) return { stop, retryAfterMs: null }
    if (stop.mode === 'throttle') {
      const passed = recent(throttles, stop, now)
      const oldest = passed[passed.length - (stop.rpm ?? 0)]
      if (stop.rpm === 0) return { stop, retryAfterMs: minuteMs }
      if (oldest !== undefined) return { stop, retryAfterMs: oldest + minuteMs - now }
    }
  }
  return null
}

/** Counts a call against the throttling stops it passes. */
export function pass(stops: Stop[], subject: Subject, now: number, throttles: Throttles): void {
  for (const stop of applying(stops, subject, now)) {
    if (stop.mode === 'throttle') recent(throttles, stop, now).push(now)
  }
}

function applying(stops: Stop[], subject: Subject, now: number): Stop[] {
  return stops.filter(
    (stop) => (stop.expiresAt === null || stop.expiresAt > now) && subject[stop.scope] === stop.scopeId,
  )
}

function recent(throttles: Throttles, { id }: Stop, now: number): number[] {
  const passed = (throttles.get(id) ?? []).filter((at) => at > now - minuteMs)
  throttles.set(id, passed)
  return passed
}

/** What the client of a held call is told. */
export function stoppedError({ stop, retryAfterMs }: Hold): AkcpError {
  const scope = stop.scope === 'global' ? 'All calls are' : `Calls of this ${stop.scope} are`
  if (retryAfterMs !== null) {
    const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
    return new AkcpError(
      'rate_limit_exceeded',
      `${scope} throttled to ${stop.rpm} a minute: ${stop.reason}`,
      {
        hint: 'Wait for Retry-After; who runs this gateway has pressed a stop button.',
        headers: { 'retry-after': String(seconds) },
        extra: { limit: { scope: stop.scope, kind: 'rpm', limit: stop.rpm, reset_seconds: seconds } },
      },
    )
  }
  if (stop.mode === 'economy') {
    const models = [...stop.models.exact, ...stop.models.prefixes.map((prefix) => `${prefix}*`)].join(', ')
    return new AkcpError('stopped', `${scope} limited to ${models}: ${stop.reason}`, {
      hint: `Use one of these models until the stop is lifted${until(stop)}.`,
      param: 'model',
    })
  }
  return new AkcpError('stopped', `${scope} stopped: ${stop.reason}`, {
    hint: `Who runs this gateway has pressed a stop button${until(stop)}; ask them before trying again.`,
  })
}

function until({ expiresAt }: Stop): string {
  return expiresAt === null ? '' : `, until ${new Date(expiresAt).toISOString()}`
}
