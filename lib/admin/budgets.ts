import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { type BudgetStatus, listBudgets } from '@/lib/data/budget-list'
import { budgetFigures } from '@/lib/limits/budget-figures'
import { type WindowBounds, windowAt } from '@/lib/limits/windows'
import { budgetQuery, type budgetStatus, budgetStatusList } from '@/lib/schemas/limits'
import { ladderAnswer } from './budget-fields'
import { organisationZone } from './organisation-zone'
import { ownAppsOnly } from './own-apps'
import { pageFrom, pageOf } from './page'
import { type AdminDependencies, answer, createRouter } from './router'

const route = createRoute({
  method: 'get',
  path: '/budgets',
  tags: ['budgets'],
  summary: 'What each budget has spent, holds and has left in its current day or month',
  request: { query: budgetQuery },
  responses: { 200: answer(budgetStatusList, 'Budgets, oldest first') },
})

export function budgetRoutes({ database }: AdminDependencies) {
  return createRouter().openapi(route, async (c) => {
    const { scope, id, ...page } = c.req.valid('query')
    const apps = scope === 'app' && id !== undefined ? [id] : undefined
    const ownerEmail = await ownAppsOnly(database.db, c.var.actor, 'budget', apps)
    const now = new Date()
    const timeZone = await organisationZone(database.db)
    const windows = {
      day: windowAt('day', now.getTime(), timeZone),
      month: windowAt('month', now.getTime(), timeZone),
    }
    const windowStart = { day: new Date(windows.day.start), month: new Date(windows.month.start) }
    const rows = await listBudgets(database, { now, windowStart, scope, id, ownerEmail }, pageFrom(page))
    return c.json(
      pageOf(
        rows,
        page.limit,
        (row) => [row.budget_id],
        (row) => toAnswer(row, windows[row.period], now.getTime()),
      ),
      200,
    )
  })
}

function toAnswer(row: BudgetStatus, window: WindowBounds, now: number): z.output<typeof budgetStatus> {
  const { scope, id, name, period, hard, budget_id, ladder } = row
  return {
    budget_id,
    scope,
    id,
    name,
    period,
    hard,
    ...budgetFigures(row, window, now),
    ladder: ladderAnswer(ladder),
  }
}
