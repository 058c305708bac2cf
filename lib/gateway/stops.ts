/** Pressed stop buttons: which of them holds for a call, and what it does. */
import { AkcpError } from '@/lib/errors'
import { names } from '@/lib/registry/model-list'
import type { Stop } from '@/lib/registry/snapshot'
import { hint } from './hints'

/** What a call is, as far as stops go: the id of each scope it lies in; that of `global` is empty. */
export type Subject = Partial<Record<Stop['scope'], string>>

/** The stop that keeps a call for `model` from going on, or null. Throttling ones are limits: see `throttling`. */
export function heldBy(stops: Stop[], subject: Subject, model: string, now: number): Stop | null {
  const held = (stop: Stop) =>
    stop.mode === 'block' || (stop.mode === 'economy' && !names(stop.models, model))
  return applying(stops, subject, now).find(held) ?? null
}

/** The stops that let only so many calls a minute pass. */
export function throttling(stops: Stop[], subject: Subject, now: number): Stop[] {
  return applying(stops, subject, now).filter((stop) => stop.mode === 'throttle')
}

/** Those that hold for the call. */
export function applying(stops: Stop[], subject: Subject, now: number): Stop[] {
  return stops.filter(
    (stop) => (stop.expiresAt === null || stop.expiresAt > now) && subject[stop.scope] === stop.scopeId,
  )
}

/** What the client of a held call is told. */
export function stoppedError(stop: Stop): AkcpError {
  const scope = whose(stop)
  if (stop.mode === 'economy') {
    const models = [...stop.models.exact, ...stop.models.prefixes.map((prefix) => `${prefix}*`)].join(', ')
    return new AkcpError('stopped', `${scope} limited to ${models}: ${stop.reason}`, {
      hint: hint('stopEconomy', { until: until(stop) }),
      param: 'model',
    })
  }
  return new AkcpError('stopped', `${scope} stopped: ${stop.reason}`, {
    hint: hint('stopped', { until: until(stop) }),
  })
}

/** `resetMs`: until the next call may pass. */
export function throttledError(stop: Stop, resetMs: number): AkcpError {
  const seconds = Math.max(1, Math.ceil(resetMs / 1000))
  return new AkcpError(
    'rate_limit_exceeded',
    `${whose(stop)} throttled to ${stop.rpm} a minute: ${stop.reason}`,
    {
      hint: hint('stopThrottled'),
      headers: { 'retry-after': String(seconds) },
      extra: { limit: { scope: stop.scope, kind: 'rpm', limit: stop.rpm, reset_seconds: seconds } },
    },
  )
}

function whose({ scope }: Stop): string {
  return scope === 'global' ? 'All calls are' : `Calls of this ${scope} are`
}

function until({ expiresAt }: Stop): string {
  return expiresAt === null ? '' : ` (→ ${new Date(expiresAt).toISOString()})`
}
