import { fillGaps, type Point, type Step, stepTimes } from '@/components/charts/prepare'
import type { Database } from '@/lib/data/database'
import {
  type CallGroup,
  type CallPoint,
  type CallSums,
  type ErrorCount,
  readBusiest,
  readCallPoints,
  readCallSums,
  readErrorCounts,
  readOverallBudgets,
  readSpend,
  type Spend,
} from '@/lib/data/overview'
import { nanosToUsd } from '@/lib/format'

const hourMs = 3_600_000
const hours = { '24h': 24, '7d': 7 * 24, '30d': 30 * 24 } as const

export type RangeName = keyof typeof hours
export const rangeNames = Object.keys(hours) as RangeName[]

export type Report = {
  lastHour: CallSums
  sums: CallSums
  step: Step
  points: Point[]
  errors: ErrorCount[]
  apps: CallGroup[]
  models: CallGroup[]
  spend: Spend
  /** In dollars; undefined where there is no budget for everything. */
  budgets: { day?: number; month?: number }
}

/** Everything about calls and money on the overview. */
export async function readReport(
  database: Database,
  question: { range: RangeName; timeZone: string; ownerEmail: string | null; now: Date },
): Promise<Report> {
  const { timeZone, ownerEmail, now } = question
  const range = { from: new Date(now.getTime() - hours[question.range] * hourMs), to: now }
  const step = question.range === '24h' ? 'hour' : 'day'
  const asked = { range, step, timeZone, ownerEmail } as const
  const lastHour = { ...asked, range: { from: new Date(now.getTime() - hourMs), to: now } }
  const [points, sums, hour, errors, apps, models, spend, budgets] = await Promise.all([
    readCallPoints(database, asked),
    readCallSums(database, asked),
    readCallSums(database, lastHour),
    readErrorCounts(database, asked),
    readBusiest(database, 'app', asked),
    readBusiest(database, 'model', asked),
    readSpend(database, { now, timeZone, ownerEmail }),
    // A budget for everything says nothing about the apps of one developer.
    ownerEmail === null ? readOverallBudgets(database) : [],
  ])
  return {
    lastHour: hour,
    sums,
    step,
    points: toPoints(points, stepTimes(range, step, timeZone)),
    errors,
    apps,
    models,
    spend,
    budgets: Object.fromEntries(
      budgets.map(({ period, limit_nanos }) => [period, nanosToUsd(BigInt(limit_nanos))]),
    ),
  }
}

export function toPoints(points: CallPoint[], times: string[]): Point[] {
  const known = points.map(({ time, requests, errors, refused }) => ({
    time,
    values: { succeeded: requests - errors, failed: errors, refused },
  }))
  return fillGaps(known, times, { succeeded: 0, failed: 0, refused: 0 })
}

/** The part of the calls that reached a provider and did not fail; null when there was none. */
export function successRate({ requests, errors }: { requests: number; errors: number }): number | null {
  return requests > 0 ? (requests - errors) / requests : null
}
