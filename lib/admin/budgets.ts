import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { recordAudit } from '@/lib/auth/audit'
import { type BudgetStatus, findBudget, listBudgets } from '@/lib/data/budget-list'
import { releaseLost } from '@/lib/data/budgets'
import { nanosToUsd } from '@/lib/format'
import { budgetFigures } from '@/lib/limits/budget-figures'
import { type WindowBounds, windowAt } from '@/lib/limits/windows'
import { idParam } from '@/lib/schemas/fields'
import {
  budgetQuery,
  type budgetStatus,
  budgetStatusList,
  released,
  releaseInput,
} from '@/lib/schemas/limits'
import { ladderAnswer } from './budget-fields'
import { organisationZone } from './organisation-zone'
import { ownAppsOnly } from './own-apps'
import { pageFrom, pageOf } from './page'
import { type AdminDependencies, answer, body, createRouter, found } from './router'

const routes = {
  list: createRoute({
    method: 'get',
    path: '/budgets',
    tags: ['budgets'],
    summary: 'What each budget has spent, holds and has left in its current day or month',
    request: { query: budgetQuery },
    responses: { 200: answer(budgetStatusList, 'Budgets, oldest first') },
  }),
  releaseLost: createRoute({
    method: 'post',
    path: '/budgets/{id}/release-lost',
    tags: ['budgets'],
    summary: 'Make the lost money of a window available again',
    description:
      'lost_usd is what a process had set aside when it ended without a trace of what it spent. Release it once you know, such as from the bill of the provider, that it was not spent: calls may then spend it, and if it was spent after all, the budget is exceeded by it.',
    request: { params: idParam, body: body(releaseInput) },
    responses: { 200: answer(released, 'What is available again') },
  }),
}

export function budgetRoutes({ database }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
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
    .openapi(routes.releaseLost, async (c) => {
      const { id } = c.req.valid('param')
      const start = c.req.valid('json').window_start.toISOString()
      const nanos = await database.db.transaction(async (tx) => {
        found(await findBudget(tx, id), 'budget')
        const lost = await releaseLost(tx, { budgetId: id, start })
        if (lost > 0n) {
          const details = { window_start: start, usd: nanosToUsd(lost) }
          await recordAudit(tx, c.var.actor, 'release', 'budget', id, details)
        }
        return lost
      })
      return c.json({ released_usd: nanosToUsd(nanos) }, 200)
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
