/** What a chart shows, computed before anything is drawn. */
import { addDays, dayOf, offsetMs } from '@/lib/time-zone'

export type Step = 'minute' | 'hour' | 'day'
export type Series = {
  id: string
  name: string
  /** 1–8; 0 is the grey of "other". Default: its position. */
  color?: number
}
/** `time`: an instant, or `YYYY-MM-DD` for a day of the organisation. A value of null is a gap. */
export type Point = { time: string; values: Record<string, number | null> }

export const otherId = 'other'
const stepMs = { minute: 60_000, hour: 3_600_000 }

/** The start of every step in a half-open range, written as the usage API writes it. */
export function stepTimes(range: { from: Date; to: Date }, step: Step, timeZone: string): string[] {
  if (step === 'day') return days(range, timeZone)
  const size = stepMs[step]
  // Hours start at the half hour in some zones.
  const shift = offsetMs(range.from, timeZone) % size
  const first = Math.floor((range.from.getTime() + shift) / size) * size - shift
  const times: string[] = []
  for (let time = first; time < range.to.getTime(); time += size)
    times.push(new Date(time).toISOString().replace('.000Z', 'Z'))
  return times
}

function days({ from, to }: { from: Date; to: Date }, timeZone: string): string[] {
  const times: string[] = []
  const end = dayOf(new Date(to.getTime() - 1), timeZone)
  for (let day = dayOf(from, timeZone); day <= end; day = addDays(day, 1)) times.push(day)
  return times
}

/**
 * A point for every time. `empty` says what is missing: 0 where nothing happened (requests), null where there is no
 * answer (a latency).
 */
export function fillGaps(points: Point[], times: string[], empty: Record<string, number | null>): Point[] {
  const known = new Map(points.map((point) => [point.time, point.values]))
  return times.map((time) => ({ time, values: { ...empty, ...known.get(time) } }))
}

const formats = {
  minute: { tick: { hour: '2-digit', minute: '2-digit' }, full: { dateStyle: 'medium', timeStyle: 'short' } },
  hour: { tick: { hour: '2-digit', minute: '2-digit' }, full: { dateStyle: 'medium', timeStyle: 'short' } },
  day: { tick: { month: 'numeric', day: 'numeric' }, full: { dateStyle: 'full' } },
} as const

/** How the times of an axis are written: short below it, whole in tooltip and table. Days have no zone any more. */
export function timeFormat(step: Step, timeZone: string, locale: string) {
  const zone = step === 'day' ? 'UTC' : timeZone
  const format = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone, hourCycle: 'h23' })
    return (time: string) => formatter.format(new Date(time))
  }
  return { tick: format(formats[step].tick), full: format(formats[step].full) }
}
