/** Past traffic: calls and 429s minute by minute, answer times quarter of an hour by quarter of an hour. */
import type { Rule } from '@/lib/alerts/observers/observation'
import { addUp, failuresMin } from '@/lib/alerts/read'
import type { LimitedReading, TrafficReading } from '@/lib/alerts/readings'
import { readCallHours } from '@/lib/data/alert-history'
import {
  type FailureCount,
  readFailureMinutes,
  readLimitedMinutes,
  readSpeedQuarters,
  usualCallsMin,
} from '@/lib/data/alert-readings'
import type { Database } from '@/lib/data/database'
import { percentilesOf } from '@/lib/data/histogram'
import { type History, minute, nothing, quarter, SlidingWindow, type Span } from './history'

const hour = 60 * minute
const day = 24 * hour
/** More calls than this are not counted one by one: the past that is looked at is shorter instead. */
const callsMost = 1_000_000

const range = ({ from, to }: Span) => ({ from: new Date(from), to: new Date(to) })

export async function failureHistory(database: Database, rule: Rule, wanted: Span): Promise<History> {
  const span = await affordable(database, wanted)
  const by = rule.scope.by ?? 'key'
  const first = span.from - rule.windowMinutes * minute
  const suspicion = { failuresMin: failuresMin(rule), open: [] }
  const rows = await readFailureMinutes(database, by, rule.scope, range({ ...span, from: first }), suspicion)
  const sums = new Map<string, FailureCount>()
  const window = new SlidingWindow(rows, rule.windowMinutes, ({ id, name, class: failure, calls }, sign) => {
    const key = `${id} ${failure}`
    const sum = sums.get(key) ?? { id, name, class: failure, calls: 0 }
    sum.calls += sign * calls
    if (sum.calls === 0) sums.delete(key)
    else sums.set(key, sum)
  })
  return {
    ...span,
    stepMs: minute,
    remarks: span.from > wanted.from ? ['fewer_days'] : [],
    at(now, open) {
      window.moveTo((now - first) / minute)
      const enough = ({ id, failed }: TrafficReading) =>
        failed >= suspicion.failuresMin || (failed > 0 && open.has(`${by} ${id}`))
      return { ...nothing, now, traffic: addUp([...sums.values()]).filter(enough) }
    },
  }
}

/** As many whole hours before the end as there may be calls. */
async function affordable(database: Database, { from, to }: Span): Promise<Span> {
  const hours = await readCallHours(database, range({ from, to }))
  let [start, calls] = [hours.length, 0]
  while (start > 0 && calls + (hours[start - 1] ?? 0) <= callsMost) calls += hours[--start] ?? 0
  return { from: from + start * hour, to }
}

export async function limitedHistory(database: Database, rule: Rule, span: Span): Promise<History> {
  const { windowMinutes } = rule
  const first = span.from - windowMinutes * minute - day
  const rows = await readLimitedMinutes(database, rule.scope, range({ ...span, from: first }))
  const counts = new Map<string, LimitedReading>()
  const add = (part: 'count' | 'usual', each: number) => {
    return ({ id, name, count }: (typeof rows)[number], sign: 1 | -1) => {
      const sum = counts.get(id) ?? { id, name, count: 0, usual: 0 }
      sum[part] += sign * count * each
      counts.set(id, sum)
    }
  }
  const current = new SlidingWindow(rows, windowMinutes, add('count', 1))
  // Counted in whole calls, so that nothing is left of what goes.
  const before = new SlidingWindow(rows, day / minute, add('usual', 1))
  const windowsADay = day / minute / windowMinutes
  return {
    ...span,
    stepMs: minute,
    remarks: [],
    at(now) {
      const end = (now - first) / minute
      current.moveTo(end)
      before.moveTo(end - windowMinutes)
      const limited = [...counts.values()]
        .filter(({ count, usual }) => count + usual > 0)
        .map((one) => ({ ...one, usual: one.usual / windowsADay }))
      return { ...nothing, now, limited }
    },
  }
}

/** Steps are whole quarters: within one, nobody knows what came first. */
export async function speedHistory(
  database: Database,
  measure: 'latency' | 'ttft',
  rule: Rule,
  wanted: Span,
): Promise<History> {
  const span = {
    from: Math.ceil(wanted.from / quarter) * quarter,
    to: Math.floor(wanted.to / quarter) * quarter,
  }
  const width = Math.ceil((rule.windowMinutes * minute) / quarter)
  const first = span.from - width * quarter - day
  const by = rule.scope.by ?? 'model'
  const rows = await readSpeedQuarters(database, measure, by, rule.scope, range({ ...span, from: first }))
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  const current = new Histograms()
  const usual = new Histograms()
  const [window, before] = [
    new SlidingWindow(rows, width, current.add),
    new SlidingWindow(rows, day / quarter, usual.add),
  ]
  return {
    ...span,
    stepMs: quarter,
    remarks: [],
    at(now) {
      const end = (now - first) / quarter
      window.moveTo(end)
      before.moveTo(end - width)
      const traffic = [...names].flatMap(([id, name]) => {
        const calls = current.calls(id)
        if (calls === 0) return []
        const usualP95 = usual.calls(id) >= usualCallsMin ? usual.p95(id) : null
        return [{ id, name, calls, failed: 0, classes: {}, p95: current.p95(id), usualP95 }]
      })
      return { ...nothing, now, traffic }
    },
  }
}

/** Counts by subject and bucket; the lowest bucket is 1. */
class Histograms {
  private readonly counts = new Map<string, number[]>()

  readonly add = ({ id, counts }: { id: string; counts: [number, number][] }, sign: 1 | -1): void => {
    const sums = this.counts.get(id) ?? []
    this.counts.set(id, sums)
    for (const [bucket, n] of counts) {
      while (sums.length < bucket) sums.push(0)
      sums[bucket - 1] = (sums[bucket - 1] ?? 0) + sign * n
    }
  }

  calls(id: string): number {
    return (this.counts.get(id) ?? []).reduce((sum, n) => sum + n, 0)
  }

  p95(id: string): number | null {
    return percentilesOf(this.counts.get(id) ?? [], [0.95])[0] ?? null
  }
}
