import { addDays, dayOf, startOfDay } from '@/lib/time-zone'

export type StopEnd = 'halfHour' | 'twoHours' | 'today' | 'never'

const minuteMs = 60_000

/** When a stop that begins now runs out by itself; "today" is the organisation's. */
export function stopEnd(end: StopEnd, now: Date, timeZone: string): Date | null {
  switch (end) {
    case 'halfHour':
      return new Date(now.getTime() + 30 * minuteMs)
    case 'twoHours':
      return new Date(now.getTime() + 120 * minuteMs)
    case 'today':
      return startOfDay(addDays(dayOf(now, timeZone), 1), timeZone)
    case 'never':
      return null
  }
}
