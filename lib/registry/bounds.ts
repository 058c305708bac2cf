/** Limits and budgets of one scope, as the gateway asks for them. */
import type { Limits, Rung as RungRow } from '@/drizzle/schema'
import type { BudgetRow, PolicyRow, RegistryRows } from '@/lib/data/registry'
import { type ModelList, modelList } from './model-list'

export type Scope = BudgetRow['scope']

/** Limits as they are counted: a scope that has at least one. */
export type LimitRule = { scope: Scope | 'stop'; id: string; limits: Limits }

export type Rung = { at: number; action: RungRow['action']; rpm: number | null; models: ModelList }

export type Budget = {
  id: string
  scope: Scope
  scopeId: string
  period: 'day' | 'month'
  /** Nano-dollars; the admin API takes no more than a number holds exactly. */
  limitNanos: number
  hard: boolean
  /** Lowest first. */
  ladder: Rung[]
}

/** What keeps a scope within bounds. */
export type Bounds = { rule: LimitRule | null; budgets: Budget[] }

export type Policy = Bounds & { models: ModelList }

export type BoundsReader = (scope: Scope, id: string, limits: Limits | null) => Bounds

/** Reads what binds a scope from all budgets and its own limits. */
export function boundsReader(rows: BudgetRow[]): BoundsReader {
  const budgets = new Map<string, Budget[]>()
  for (const row of rows) {
    const name = boundsName(row.scope, row.scopeId)
    budgets.set(name, [...(budgets.get(name) ?? []), buildBudget(row)])
  }
  return (scope, id, limits) => ({
    rule: limits && Object.values(limits).some((limit) => limit !== null) ? { scope, id, limits } : null,
    budgets: budgets.get(boundsName(scope, id)) ?? [],
  })
}

export function boundsName(scope: Scope, id: string): string {
  return `${scope} ${id}`
}

function buildBudget({ id, scope, scopeId, period, limitNanos, hard, ladder }: BudgetRow): Budget {
  return {
    id,
    scope,
    scopeId,
    period,
    limitNanos: Number(limitNanos),
    hard,
    ladder: ladder
      .map(({ at, action, rpm = null, models = [] }) => ({ at, action, rpm, models: modelList(models) }))
      .sort((a, b) => a.at - b.at),
  }
}

/** A scope with a budget only has no policy row. */
export function buildPolicies(rows: RegistryRows, boundsOf: BoundsReader): Map<string, Policy> {
  const known = new Map<string, PolicyRow>(
    rows.policies.map((row) => [boundsName(row.scope, row.scopeId), row]),
  )
  const named = [...rows.policies, ...rows.budgets].filter(({ scope }) => policyScopes.has(scope))
  return new Map(
    named.map(({ scope, scopeId }) => {
      const name = boundsName(scope, scopeId)
      const row = known.get(name)
      return [
        name,
        { ...boundsOf(scope, scopeId, row?.limits ?? null), models: modelList(row?.allowedModels ?? []) },
      ]
    }),
  )
}

const policyScopes = new Set<Scope>(['global', 'tenant', 'project', 'feature'])
