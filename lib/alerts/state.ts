/** The life of an alert: pure steps from what was and what is seen now to what is next and what people are told. */
import type { AlertTracking, MuteWindow } from '@/drizzle/schema'
import { wallClock } from '@/lib/time-zone'

export type Notice = 'firing' | 'again' | 'flapping' | 'resolved'
export type AlertState = 'firing' | 'acknowledged' | 'resolved'

/** What is kept of an alert; times are milliseconds since the epoch. */
export type Life = { state: AlertState; firedAt: number; resolvedAt: number | null; tracking: AlertTracking }

export type Seen = { level: number }

export type Circumstances = { now: number; muted: boolean; renotifyMinutes: number }

export type Step = {
  /** `new`: another alert; `reopen`: the one that has just been resolved; null: nothing changes. */
  next: Life | null
  begins: 'new' | 'reopen' | null
  ends: boolean
  notice: Notice | null
}

const minute = 60_000
/** What comes back within this time is the same alert. */
export const reopenMs = 10 * minute
const flapMs = 10 * minute
const flapChanges = 3
/** A flapping alert ends when its condition has been gone for this long. */
const calmMs = 10 * minute

const nothing: Step = { next: null, begins: null, ends: false, notice: null }

/** `life` is the subject's open alert, else the last one if it was resolved lately or by hand; `seen` null: not now. */
export function step(life: Life | null, seen: Seen | null, circumstances: Circumstances): Step {
  if (!life || life.state === 'resolved') {
    return seen ? begin(life, seen, circumstances) : forget(life)
  }
  return seen ? goOn(life, seen, circumstances) : vanish(life, circumstances)
}

function begin(life: Life | null, seen: Seen, { now, muted }: Circumstances): Step {
  if (life?.tracking.silenced && seen.level <= life.tracking.level) return nothing
  const again = life !== null && now - (life.resolvedAt ?? 0) < reopenMs
  const before = again ? life.tracking : null
  const changes = [...lately(before?.changes ?? [], now), iso(now)]
  const flapping = changes.length >= flapChanges
  const tracking: AlertTracking = {
    level: seen.level,
    toldLevel: null,
    toldAt: before?.toldAt ?? null,
    notices: before?.notices ?? 0,
    changes,
    flapping,
    clearSince: null,
    silenced: false,
  }
  const started = {
    state: 'firing' as const,
    firedAt: again ? life.firedAt : now,
    resolvedAt: null,
    tracking,
  }
  const told = tell(started, flapping ? 'flapping' : 'firing', now, muted)
  return { ...told, begins: again ? 'reopen' : 'new', ends: false }
}

/** Once the condition has gone, what a person has closed may be told again. */
function forget(life: Life | null): Step {
  if (!life?.tracking.silenced) return nothing
  return { ...nothing, next: { ...life, tracking: { ...life.tracking, silenced: false } } }
}

function goOn(life: Life, seen: Seen, { now, muted, renotifyMinutes }: Circumstances): Step {
  const { tracking } = life
  const next = { ...life, tracking: { ...tracking, level: seen.level, clearSince: null } }
  const rises = seen.level > (tracking.toldLevel ?? Number.NEGATIVE_INFINITY)
  // Worse than what somebody has acknowledged.
  const state = seen.level > tracking.level ? 'firing' : life.state
  if (rises) return { ...tell({ ...next, state }, 'firing', now, muted), begins: null, ends: false }
  const due = renotifyMinutes > 0 && now - Date.parse(tracking.toldAt ?? '') >= renotifyMinutes * minute
  if (due && life.state === 'firing') return { ...tell(next, 'again', now, muted), begins: null, ends: false }
  return { ...nothing, next }
}

function vanish(life: Life, { now, muted }: Circumstances): Step {
  const { tracking } = life
  if (tracking.flapping) {
    if (tracking.clearSince === null) {
      return { ...nothing, next: { ...life, tracking: { ...tracking, clearSince: iso(now) } } }
    }
    if (now - Date.parse(tracking.clearSince) < calmMs) return nothing
  }
  const changes = [...lately(tracking.changes, now), iso(now)]
  const next: Life = {
    ...life,
    state: 'resolved',
    resolvedAt: now,
    tracking: { ...tracking, changes, flapping: false, clearSince: null },
  }
  // Who was never told of it need not hear that it is over.
  if (tracking.toldLevel === null) return { next, begins: null, ends: true, notice: null }
  return { ...tell(next, 'resolved', now, muted), begins: null, ends: true }
}

function tell(life: Life, notice: Notice, now: number, muted: boolean): Pick<Step, 'next' | 'notice'> {
  if (muted) return { next: life, notice: null }
  const { tracking } = life
  return {
    next: {
      ...life,
      tracking: { ...tracking, toldLevel: tracking.level, toldAt: iso(now), notices: tracking.notices + 1 },
    },
    notice,
  }
}

function lately(changes: string[], now: number): string[] {
  return changes.filter((at) => now - Date.parse(at) < flapMs)
}

/** Whether nobody is to be told now. */
export function isMuted(
  { mutes, mutedUntil }: { mutes: MuteWindow[]; mutedUntil: number | null },
  now: number,
  timeZone: string,
): boolean {
  if (mutedUntil !== null && now < mutedUntil) return true
  const clock = wallClock(new Date(now), timeZone)
  const time = clock.slice(11, 16)
  const today = weekday(clock)
  const yesterday = today === 1 ? 7 : today - 1
  return mutes.some(({ days, from, to }) =>
    from <= to
      ? days.includes(today) && from <= time && time < to
      : (days.includes(today) && from <= time) || (days.includes(yesterday) && time < to),
  )
}

/** 1 (Monday) to 7, of what a clock shows. */
function weekday(clock: string): number {
  return new Date(`${clock.slice(0, 10)}T00:00:00Z`).getUTCDay() || 7
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
