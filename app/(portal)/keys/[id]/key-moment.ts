/** What the address of a key's page asks for: a range that ends now, or the time around a moment. Pure. */
import type { Route } from 'next'
import { z } from 'zod'
import { choice } from '@/components/data-table/parameters'
import type { SearchParams } from '@/components/data-table/query'
import type { Range } from '@/lib/data/usage-range'
import { type RangeName, ranges } from '../key-list'

const hourMs = 3_600_000
/** Shown before and after a moment. */
export const aroundMs = hourMs / 2

export type KeyView = { range: RangeName; at: Date | null }

const form = z.object({
  chart: choice(Object.keys(ranges) as RangeName[], '24h'),
  at: z
    .preprocess((value) => [value].flat()[0], z.iso.datetime({ offset: true }))
    .transform((text) => new Date(text))
    .nullable()
    .catch(null),
})

/** `?chart=7d`, or `?at=2026-03-01T10:00:00Z`; a moment that has not come is none. */
export function parseKeyView(params: SearchParams, now: Date): KeyView {
  const { chart, at } = form.parse(params)
  return { range: chart, at: at && at <= now ? at : null }
}

export function shownRange({ range, at }: KeyView, now: Date): Range {
  if (!at) return { from: new Date(now.getTime() - ranges[range] * hourMs), to: now }
  const end = Math.min(at.getTime() + aroundMs, now.getTime())
  return { from: new Date(at.getTime() - aroundMs), to: new Date(end) }
}

/** The key's page at a moment (ISO text). */
export function keyAt(id: string, at: string): Route {
  return `/keys/${id}?at=${encodeURIComponent(at)}` as Route
}
