/** Requests a minute and average latency of some keys together, in buckets that fit the range. Pure. */
import { type Point, type Step, stepTimes } from '@/components/charts/prepare'
import type { KeySeriesPoint, KeySeriesQuestion } from '@/lib/data/key-stats'
import type { Range } from '@/lib/data/usage-range'
import { fromWallClock, nextDay, startOf } from '@/lib/time-zone'
import type { RangeName } from './key-list'

/** Names among the values of a point, beside key ids: the average of all calls, and the requests of all keys. */
export const averageId = 'average'
export const togetherId = 'together'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const buckets: Record<RangeName, { bucket: KeySeriesQuestion['bucket']; count: number; step: Step }> = {
  '1h': { bucket: 60, count: 60, step: 'minute' },
  '24h': { bucket: 1800, count: 48, step: 'hour' },
  '7d': { bucket: 'day', count: 7, step: 'day' },
  '30d': { bucket: 'day', count: 30, step: 'day' },
}

/** Whole buckets up to the one that `now` is in. */
export function seriesQuestion(
  name: RangeName,
  now: Date,
  timeZone: string,
): KeySeriesQuestion & { step: Step } {
  const { bucket, count, step } = buckets[name]
  if (bucket === 'day') {
    const from = startOf('day', new Date(now.getTime() - (count - 1) * dayMs), timeZone)
    return { bucket, step, timeZone, range: { from, to: now } }
  }
  const ms = bucket * 1000
  const from = new Date((Math.floor(now.getTime() / ms) - count + 1) * ms)
  return { bucket, step, timeZone, range: { from, to: now } }
}

/** Minutes of a range that is about a moment, and the one that the moment is in. */
export function momentQuestion(
  at: Date,
  { from, to }: Range,
  timeZone: string,
): KeySeriesQuestion & { step: Step; marked: string } {
  const minuteOf = (time: Date) => new Date(Math.floor(time.getTime() / minuteMs) * minuteMs)
  const marked = minuteOf(at).toISOString()
  return { bucket: 60, step: 'minute', timeZone, range: { from: minuteOf(from), to }, marked }
}

/**
 * A point for every bucket: requests a minute by key id and together, and the average of all calls. Without calls the
 * average is a gap. Of the last bucket only the minutes that have passed count.
 */
export function seriesPoints(
  found: KeySeriesPoint[],
  keyIds: string[],
  { range, bucket, timeZone }: KeySeriesQuestion,
): Point[] {
  return bucketTimes({ range, bucket, timeZone }).map((time) => {
    const here = found.filter((point) => point.at === time)
    const minutes = Math.max(
      1,
      (Math.min(endOf(time, bucket, timeZone), range.to.getTime()) - beginOf(time, timeZone)) / minuteMs,
    )
    const requests = here.reduce((sum, point) => sum + point.requests, 0)
    const latency = here.reduce((sum, point) => sum + point.latency_sum_ms, 0)
    const ofKey = (id: string) => here.find((point) => point.key_id === id)?.requests ?? 0
    return {
      time,
      values: {
        ...Object.fromEntries(keyIds.map((id) => [id, ofKey(id) / minutes])),
        [togetherId]: requests / minutes,
        [averageId]: requests > 0 ? Math.round(latency / requests) : null,
      },
    }
  })
}

function bucketTimes({ range, bucket, timeZone }: KeySeriesQuestion): string[] {
  if (bucket === 'day') return stepTimes(range, 'day', timeZone)
  const times: string[] = []
  for (let at = range.from.getTime(); at < range.to.getTime(); at += bucket * 1000) {
    times.push(new Date(at).toISOString())
  }
  return times
}

function beginOf(time: string, timeZone: string): number {
  return (time.length === 10 ? fromWallClock(time, timeZone) : new Date(time))?.getTime() ?? Number.NaN
}

function endOf(time: string, bucket: KeySeriesQuestion['bucket'], timeZone: string): number {
  return bucket === 'day' ? beginOf(nextDay(time), timeZone) : beginOf(time, timeZone) + bucket * 1000
}
