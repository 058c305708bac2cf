import type { AlertSubject } from '@/lib/alerts/facts'
import type { BudgetReading } from '@/lib/alerts/readings'
import { hour, iso, type Observation, type Observer, observation, type Rule } from './observation'

/** Of a hard budget, which refuses what might go over the limit: this share counts as all of it. */
const hardlyLeft = 0.995

/** Told at each rung of the budget's own ladder, and at all of it. */
export const budgetReached: Observer = (rule, { budgets }) =>
  matching(budgets, rule).flatMap((budget) => budgetRung(rule, budget))

export const budgetBurns: Observer = (rule, { budgets }) =>
  matching(budgets, rule).flatMap((budget) => burnRate(rule, budget))

export const budgetEnds: Observer = (rule, { budgets, now }) =>
  matching(budgets, rule).flatMap((budget) => exhaustion(rule, budget, now))

function budgetRung(rule: Rule, budget: BudgetReading): Observation[] {
  const { ladder, hard, spentUsd, lostUsd, limitUsd } = budget
  const share = (spentUsd + lostUsd) / limitUsd
  const counted = hard && share >= hardlyLeft ? Math.max(1, share) : share
  const rungs = [
    ...ladder.filter(({ at }) => at >= rule.threshold),
    { at: 1, action: hard ? 'stop' : 'notify' },
  ]
  const reached = rungs.filter(({ at }) => at <= counted)
  if (reached.length === 0) return []
  const rung = Math.max(...reached.map(({ at }) => at))
  const action = reached.findLast(({ action }) => action !== 'notify')?.action ?? 'notify'
  const facts = { kind: 'budget', ...budgetFacts(budget), share, rung, action } as const
  return [
    {
      ...observation(rule, budgetSubject(budget), facts, windowKey(budget)),
      level: rung,
      severity: rung >= 1 ? 'critical' : rule.severity,
    },
  ]
}

function burnRate(rule: Rule, budget: BudgetReading): Observation[] {
  const { burnUsdPerHour: burn, exhaustedAt, limitUsd, windowStart, windowEnd } = budget
  if (burn === null || exhaustedAt === null) return []
  const times = burn / (limitUsd / ((windowEnd - windowStart) / hour))
  if (times < rule.threshold) return []
  const facts = {
    kind: 'burn_rate',
    ...budgetFacts(budget),
    usd_per_hour: burn,
    times,
    exhausted_at: iso(exhaustedAt),
  } as const
  return [observation(rule, budgetSubject(budget), facts, windowKey(budget))]
}

function exhaustion(rule: Rule, budget: BudgetReading, now: number): Observation[] {
  const { burnUsdPerHour: burn, exhaustedAt } = budget
  if (burn === null || exhaustedAt === null || exhaustedAt - now > rule.threshold * hour) return []
  // What has run out already is the ladder's to tell.
  if (exhaustedAt <= now) return []
  const facts = {
    kind: 'projected_exhaustion',
    ...budgetFacts(budget),
    usd_per_hour: burn,
    exhausted_at: iso(exhaustedAt),
  } as const
  return [observation(rule, budgetSubject(budget), facts, windowKey(budget))]
}

/** A new window is a new trouble. */
function windowKey({ id, windowStart }: BudgetReading): string {
  return `budget ${id} ${iso(windowStart)}`
}

function budgetFacts({ id, period, spentUsd, limitUsd, hard, windowEnd }: BudgetReading) {
  return { budget_id: id, period, spent_usd: spentUsd, limit_usd: limitUsd, hard, window_end: iso(windowEnd) }
}

function budgetSubject({ scope, scopeId, name }: BudgetReading): AlertSubject {
  return { scope, id: scopeId, name }
}

const budgetScopes = ['key', 'pool', 'app', 'tenant', 'project', 'feature'] as const

/** Budgets of what the rule's lists name; without a list for any scope of budgets, all. */
function matching(budgets: BudgetReading[], { scope }: Rule): BudgetReading[] {
  const lists = budgetScopes.filter((name) => scope[name] !== undefined)
  const usableBudgets = budgets.filter(({ limitUsd }) => limitUsd > 0)
  if (lists.length === 0) return usableBudgets
  return usableBudgets.filter((budget) =>
    lists.some((name) => name === budget.scope && scope[name]?.includes(budget.scopeId)),
  )
}
