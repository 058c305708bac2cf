/** The `budgets` field of whatever has budgets. */
import type { z } from 'zod'
import type { Budget, BudgetValues } from '@/lib/data/budget-list'
import { nanosToUsd } from '@/lib/format'
import type { BudgetInput, budget } from '@/lib/schemas/limits'

export function budgetRows(given: BudgetInput[]): BudgetValues[] {
  return given.map(({ limit_usd, ...rest }) => ({ limitNanos: limit_usd, ...rest }))
}

export function budgetAnswers(rows: Budget[] = []): z.output<typeof budget>[] {
  return rows.map(({ period, limitNanos, hard, ladder }) => ({
    period,
    limit_usd: nanosToUsd(limitNanos),
    hard,
    ladder: ladderAnswer(ladder),
  }))
}

export function ladderAnswer(ladder: Budget['ladder']): z.output<typeof budget>['ladder'] {
  return ladder.map(({ at, action, rpm = null, models = [] }) => ({ at, action, rpm, models }))
}
