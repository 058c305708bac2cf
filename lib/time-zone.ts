/** Calendar days and wall-clock times of a time zone. */

const dayMs = 86_400_000

/** The calendar day of an instant, as `YYYY-MM-DD`. */
export function dayOf(instant: Date, timeZone: string): string {
  return wallClock(instant, timeZone).slice(0, 10)
}

/** `YYYY-MM-DD`, so many days later. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10)
}

export function nextDay(day: string): string {
  return addDays(day, 1)
}

/** The first instant of a calendar day; where clocks skip midnight, the instant they skip to. */
export function startOfDay(day: string, timeZone: string): Date {
  return fromWallClock(day, timeZone) ?? new Date(Number.NaN)
}

/** The first instant of the day, or of the month, that an instant lies in. */
export function startOf(unit: 'day' | 'month', instant: Date, timeZone: string): Date {
  const day = dayOf(instant, timeZone)
  return startOfDay(unit === 'day' ? day : `${day.slice(0, 7)}-01`, timeZone)
}

/** What the clocks of the zone show, as `2026-03-01T23:50:00`. */
export function wallClock(instant: Date, timeZone: string): string {
  return new Date(instant.getTime() + offsetMs(instant, timeZone)).toISOString().slice(0, 19)
}

/**
 * When the clocks of the zone show `text` (`2026-03-01` or `2026-03-01T23:50`); null for what is no time. For a time
 * that a change of clocks leaves out, the instant after the gap.
 */
export function fromWallClock(text: string, timeZone: string): Date | null {
  const asUtc = Date.parse(`${text.length === 10 ? `${text}T00:00` : text}Z`)
  if (Number.isNaN(asUtc)) return null
  const offsetAt = (time: number) => offsetMs(new Date(time), timeZone)
  const guess = asUtc - offsetAt(asUtc)
  const found = asUtc - offsetAt(guess)
  return new Date(asUtc - offsetAt(found) === found ? found : Math.max(guess, found))
}

/** Making a format costs ten times as much as using it. */
const formats = new Map<string, Intl.DateTimeFormat>()

/** How far the zone's clocks are ahead of UTC. */
export function offsetMs(instant: Date, timeZone: string): number {
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  formats.set(timeZone, format)
  const name = format.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name ?? '') ?? []
  if (!sign) return 0
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}
