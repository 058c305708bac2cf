import type { Step } from '@/components/charts/prepare'
import { choice } from '@/components/data-table/parameters'
import type { SearchParams } from '@/components/data-table/query'
import type { Range } from '@/lib/data/usage-range'
import { fromWallClock, startOf } from '@/lib/time-zone'

export const presets = ['1h', '24h', '7d', '30d', 'month'] as const
export type Preset = (typeof presets)[number]

/** A range as the address names it: a preset that ends now, or two moments (then `preset` is null). */
export type Period = { preset: Preset | null; range: Range; timeZone: string }

const hourMs = 3_600_000
const lengths: Record<Exclude<Preset, 'month'>, number> = {
  '1h': hourMs,
  '24h': 24 * hourMs,
  '7d': 7 * 24 * hourMs,
  '30d': 30 * 24 * hourMs,
}
/** More days than this are more bars than a screen has room for. */
const longestMs = 400 * 24 * hourMs

/** `?range=7d`, or `?from=…&to=…` with times of the zone (`2026-03-01T08:00`) or ISO times. What cannot be read is 24 h. */
export function parsePeriod(search: SearchParams, now: Date, timeZone: string): Period {
  const from = parseTime(search.from, timeZone)
  const to = parseTime(search.to, timeZone) ?? now
  if (from && from < to) {
    const earliest = new Date(to.getTime() - longestMs)
    return { preset: null, range: { from: from < earliest ? earliest : from, to }, timeZone }
  }
  const preset = choice(presets, '24h').parse(search.range)
  const start =
    preset === 'month' ? startOf('month', now, timeZone) : new Date(now.getTime() - lengths[preset])
  return { preset, range: { from: start, to: now }, timeZone }
}

function parseTime(text: string | string[] | undefined, timeZone: string): Date | null {
  if (typeof text !== 'string') return null
  if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/.test(text)) return fromWallClock(text, timeZone)
  const moment = Date.parse(/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? text : '')
  return Number.isNaN(moment) ? null : new Date(moment)
}

/** How wide the bars of a chart are. */
export function stepOf({ from, to }: Range): Step {
  const length = to.getTime() - from.getTime()
  if (length <= 2 * hourMs) return 'minute'
  return length <= 72 * hourMs ? 'hour' : 'day'
}
