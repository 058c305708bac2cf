import type { z } from 'zod'
import { ladderAnswer } from '@/lib/admin/budget-fields'
import { type BudgetQuestion, listBudgets } from '@/lib/data/budget-list'
import { portalDatabase } from '@/lib/data/portal-database'
import { budgetFigures } from '@/lib/limits/budget-figures'
import { windowAt } from '@/lib/limits/windows'
import { readOrganisation } from '@/lib/organisation'
import type { budgetStatus } from '@/lib/schemas/limits'

export type BudgetStatus = z.output<typeof budgetStatus>

/** Far more than a team has. */
const all = { limit: 2000, after: undefined }

/** Budgets with what their current day or month has spent, holds and has left, as `GET /budgets` tells them. */
export async function readBudgets(
  question: Pick<BudgetQuestion, 'scope' | 'id' | 'ownerEmail'>,
): Promise<BudgetStatus[]> {
  const now = Date.now()
  const { time_zone: timeZone } = await readOrganisation()
  const windows = { day: windowAt('day', now, timeZone), month: windowAt('month', now, timeZone) }
  const windowStart = { day: new Date(windows.day.start), month: new Date(windows.month.start) }
  const rows = await listBudgets(portalDatabase(), { ...question, now: new Date(now), windowStart }, all)
  return rows.map((row) => ({
    budget_id: row.budget_id,
    scope: row.scope,
    id: row.id,
    name: row.name,
    period: row.period,
    hard: row.hard,
    ...budgetFigures(row, windows[row.period], now),
    ladder: ladderAnswer(row.ladder),
  }))
}
