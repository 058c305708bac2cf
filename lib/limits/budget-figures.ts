import type { BudgetStatus } from '@/lib/data/budget-list'
import { nanosToUsd } from '@/lib/format'
import type { WindowBounds } from './windows'

type BudgetSums = Pick<
  BudgetStatus,
  'limit_nanos' | 'spent_nanos' | 'held_nanos' | 'lost_nanos' | 'last_hour_nanos'
>

/** What people are told about a budget's current window, in dollars. */
export function budgetFigures(row: BudgetSums, window: WindowBounds, now: number) {
  const { limit_nanos, spent_nanos, held_nanos, lost_nanos, last_hour_nanos } = row
  const [limit, spent, held] = [BigInt(limit_nanos), BigInt(spent_nanos), BigInt(held_nanos)]
  const [lost, lastHour] = [BigInt(lost_nanos), BigInt(last_hour_nanos)]
  const left = limit - spent - lost
  const free = left - held
  // When all of the window was spent within the hour, the hour says too little about the hours to come.
  const burn = spent > lastHour ? lastHour : null
  const end = left <= 0n ? now : burn ? now + (Number(left) / Number(burn)) * 3_600_000 : null
  return {
    window_start: new Date(window.start).toISOString(),
    window_end: new Date(window.end).toISOString(),
    limit_usd: nanosToUsd(limit),
    spent_usd: nanosToUsd(spent),
    held_usd: nanosToUsd(held),
    lost_usd: nanosToUsd(lost),
    left_usd: nanosToUsd(free > 0n ? free : 0n),
    burn_usd_per_hour: burn === null ? null : nanosToUsd(burn),
    projected_exhaustion_at: end === null || end >= window.end ? null : new Date(end).toISOString(),
  }
}
