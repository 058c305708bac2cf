import type { Limits } from '@/drizzle/schema'
import { readAppReport } from '@/lib/data/app-report'
import { listBudgets } from '@/lib/data/budget-list'
import type { Database } from '@/lib/data/database'
import { nanosToUsd } from '@/lib/format'
import { budgetFigures } from '@/lib/limits/budget-figures'
import { windowAt } from '@/lib/limits/windows'
import type { Caller } from './authenticate'

const noLimits: Limits = { rpm: null, tpm: null, concurrency: null }

/** `GET /me`: who calls, what the app has used, what is left of its budgets, and what went wrong last. */
export async function aboutCaller(database: Database, { app, appKey }: Caller, timeZone: string, now: Date) {
  const windows = {
    day: windowAt('day', now.getTime(), timeZone),
    month: windowAt('month', now.getTime(), timeZone),
  }
  const since = { day: new Date(windows.day.start), month: new Date(windows.month.start) }
  const budgetsOf = (scope: 'app' | 'app_key', id: string) =>
    listBudgets(
      database,
      { now, windowStart: since, scope, id, ownerEmail: null },
      { limit: 10, after: undefined },
    )
  const [report, ofApp, ofKey] = await Promise.all([
    readAppReport(database, app.id, since),
    budgetsOf('app', app.id),
    appKey ? budgetsOf('app_key', appKey.id) : [],
  ])
  const sums = ({ cost_nanos, ...rest }: (typeof report)['today']) => ({
    ...rest,
    cost_usd: nanosToUsd(BigInt(cost_nanos)),
  })
  return {
    app: {
      id: app.id,
      name: app.name,
      tenant: app.tenant,
      project: app.project,
      environment: app.environment,
      allowed_models: app.allowedModels,
      limits: app.limits ?? noLimits,
    },
    app_key: appKey && {
      id: appKey.id,
      name: appKey.name,
      expires_at: appKey.expiresAt?.toISOString() ?? null,
      allowed_models: appKey.allowedModels,
      limits: appKey.limits ?? noLimits,
    },
    usage: { today: sums(report.today), month: sums(report.month) },
    budgets: [...ofApp, ...ofKey].map((row) => ({
      scope: row.scope,
      period: row.period,
      hard: row.hard,
      ...budgetFigures(row, windows[row.period], now.getTime()),
    })),
    last_errors: report.last_errors,
  }
}
