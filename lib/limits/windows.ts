/**
 * The calendar windows in which budgets count. Another time zone makes other windows: what was spent before the change
 * stays in the old ones.
 */
import { addDays, dayOf, startOfDay } from '@/lib/time-zone'

export type Period = 'day' | 'month'

/** Half-open, in milliseconds since the epoch. */
export type WindowBounds = { start: number; end: number }

/** The last window of each kind: asking the calendar costs a hundred times as much. */
const last = new Map<string, WindowBounds>()

/**
 * The day or month of a time zone that an instant lies in. A day may have 23 or 25 hours; the end of a window is the
 * start of the next.
 */
export function windowAt(period: Period, instant: number, timeZone: string): WindowBounds {
  const kind = `${period} ${timeZone}`
  const known = last.get(kind)
  if (known && known.start <= instant && instant < known.end) return known
  const found = findWindow(period, instant, timeZone)
  last.set(kind, found)
  return found
}

function findWindow(period: Period, instant: number, timeZone: string): WindowBounds {
  const day = dayOf(new Date(instant), timeZone)
  const first = period === 'day' ? day : `${day.slice(0, 7)}-01`
  // The 32nd day from the first of a month lies in the next month.
  const next = period === 'day' ? addDays(day, 1) : `${addDays(first, 31).slice(0, 7)}-01`
  return { start: startOfDay(first, timeZone).getTime(), end: startOfDay(next, timeZone).getTime() }
}
