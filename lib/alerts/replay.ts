/** When a rule would have fired: the same looks as `run.ts` takes, on what is kept of the past. Actions are not done. */
import type { MuteWindow } from '@/drizzle/schema'
import { type Severity, severities } from '@/lib/schemas/alerts'
import type { AlertSubject } from './facts'
import type { History } from './histories/history'
import type { Rule } from './observers/observation'
import { lookAt, openOf } from './pass'
import { observe } from './rules'
import { isMuted, type Life } from './state'

/** One alert; times are milliseconds since the epoch. */
export type Firing = {
  subject: AlertSubject
  /** The worst. */
  severity: Severity
  firedAt: number
  /** Null: it goes on. */
  resolvedAt: number | null
  /** Messages to each channel. */
  told: number
  /** It came and went so often that people were told so. */
  flapping: boolean
}

export type Telling = { renotifyMinutes: number; mutes: MuteWindow[]; timeZone: string }

/** In order of time. */
export function replay(
  rule: Rule,
  history: History,
  { renotifyMinutes, mutes, timeZone }: Telling,
): Firing[] {
  const lives = new Map<string, Life>()
  const latest = new Map<string, Firing>()
  const firings: Firing[] = []
  for (let now = history.from + history.stepMs; now <= history.to; now += history.stepMs) {
    const open = openOf(lives)
    const seen = observe(rule, history.at(now, open), open)
    if (seen.length === 0 && lives.size === 0) continue
    const muted = mutes.length > 0 && isMuted({ mutes, mutedUntil: null }, now, timeZone)
    for (const { key, observation, next, begins, notice } of lookAt(lives, seen, {
      now,
      muted,
      renotifyMinutes,
    })) {
      lives.set(key, next)
      if (begins === 'new' && observation) {
        const { subject, severity } = observation
        const firing = { subject, severity, firedAt: now, resolvedAt: null, told: 0, flapping: false }
        latest.set(key, firing)
        firings.push(firing)
      }
      const firing = latest.get(key)
      if (!firing) continue
      firing.resolvedAt = next.resolvedAt
      if (notice) firing.told++
      if (notice === 'flapping') firing.flapping = true
      if (observation) firing.severity = worse(firing.severity, observation.severity)
    }
  }
  return firings
}

function worse(one: Severity, other: Severity): Severity {
  return severities.indexOf(one) > severities.indexOf(other) ? one : other
}
