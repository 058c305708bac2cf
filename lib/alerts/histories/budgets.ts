/** What budgets had spent in the past: what their windows came to, less what was spent later. Limits are those of today. */
import { readBudgets } from '@/lib/alerts/read'
import type { BudgetReading } from '@/lib/alerts/readings'
import { type BudgetSpan, readBudgetSpans, readScopeCosts } from '@/lib/data/alert-history'
import type { Database } from '@/lib/data/database'
import { budgetFigures } from '@/lib/limits/budget-figures'
import { windowAt } from '@/lib/limits/windows'
import { type History, nothing, quarter, type Span } from './history'

const hour = 4 * quarter

export async function budgetHistory(database: Database, wanted: Span, timeZone: string): Promise<History> {
  const span = {
    from: Math.ceil(wanted.from / quarter) * quarter,
    to: Math.floor(wanted.to / quarter) * quarter,
  }
  const all = await readBudgets(database, wanted.to, timeZone)
  // Rollups do not know app keys.
  const budgets = all.filter(({ scope }) => scope !== 'app_key')
  const scopes = new Map(budgets.map(({ scope, scopeId: id }) => [`${scope} ${id}`, { scope, id }]))
  const first = span.from - hour
  const [windows, costs] = await Promise.all([
    readBudgetSpans(database, { from: new Date(span.from), to: new Date(wanted.to) }),
    // Up to now, also the quarter that has begun: the window that still runs has it.
    readScopeCosts(database, [...scopes.values()], {
      from: new Date(first),
      to: new Date(wanted.to + quarter),
    }),
  ])
  const slices = Math.ceil((wanted.to + quarter - first) / quarter)
  const spentBy = new Map(
    [...scopes.keys()].map((key) => [
      key,
      runningSums(
        costs.filter((one) => `${one.scope} ${one.id}` === key),
        slices,
      ),
    ]),
  )
  const windowOf = new Map(windows.map((window) => [`${window.budget_id} ${window.window_start}`, window]))
  const spent = (key: string, from: number, to: number) => {
    const sums = spentBy.get(key)
    const upTo = (time: number) =>
      sums?.[Math.min(slices, Math.max(0, Math.round((time - first) / quarter)))] ?? 0n
    return upTo(to) - upTo(from)
  }
  return {
    ...span,
    stepMs: quarter,
    remarks: [
      'settings_of_today',
      ...(budgets.length < all.length ? (['budgets_of_app_keys'] as const) : []),
    ],
    at(now) {
      return { ...nothing, now, budgets: budgets.flatMap((budget) => budgetAt(budget, now) ?? []) }
    },
  }

  function budgetAt(budget: BudgetReading, now: number): BudgetReading | null {
    const bounds = windowAt(budget.period, now - 1, timeZone)
    const window: BudgetSpan | undefined = windowOf.get(`${budget.id} ${bounds.start}`)
    if (!window || window.created_at > now) return null
    const key = `${budget.scope} ${budget.scopeId}`
    const posted = BigInt(window.posted_nanos) - spent(key, now, Math.min(bounds.end, wanted.to + quarter))
    const nanos = posted > 0n ? posted : 0n
    const figures = budgetFigures(
      {
        limit_nanos: String(BigInt(Math.round(budget.limitUsd * 1e9))),
        spent_nanos: String(nanos),
        held_nanos: '0',
        lost_nanos: '0',
        last_hour_nanos: String(spent(key, now - hour, now)),
      },
      bounds,
      now,
    )
    const { projected_exhaustion_at: exhaustedAt } = figures
    return {
      ...budget,
      windowStart: bounds.start,
      windowEnd: bounds.end,
      spentUsd: figures.spent_usd,
      lostUsd: 0,
      burnUsdPerHour: figures.burn_usd_per_hour,
      exhaustedAt: exhaustedAt === null ? null : Date.parse(exhaustedAt),
    }
  }
}

/** What was spent before each slice, and before the end. */
function runningSums(costs: { slice: number; nanos: string }[], slices: number): bigint[] {
  const each = new Map(costs.map(({ slice, nanos }) => [slice, BigInt(nanos)]))
  const sums = [0n]
  for (let slice = 0; slice < slices; slice++) sums.push((sums[slice] ?? 0n) + (each.get(slice) ?? 0n))
  return sums
}
