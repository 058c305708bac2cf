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

function boundsName(scope: Scope, id: string): string {
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

/** By scope, then by its id; that of `global` is empty. */
export type Policies = Record<PolicyScope, Map<string, Policy>>
type PolicyScope = PolicyRow['scope']

/** A scope with a budget only has no policy row. */
export function buildPolicies(rows: RegistryRows, boundsOf: BoundsReader): Policies {
  const policies: Policies = {
    global: new Map(),
    tenant: new Map(),
    project: new Map(),
    feature: new Map(),
  }
  const add = (scope: PolicyScope, id: string, row: PolicyRow | null) =>
    policies[scope].set(id, {
      ...boundsOf(scope, id, row?.limits ?? null),
      models: modelList(row?.allowedModels ?? []),
    })
  for (const { scope, scopeId } of rows.budgets) if (isPolicyScope(scope)) add(scope, scopeId, null)
  for (const row of rows.policies) add(row.scope, row.scopeId, row)
  return policies
}

function isPolicyScope(scope: Scope): scope is PolicyScope {
  return scope === 'global' || scope === 'tenant' || scope === 'project' || scope === 'feature'
}
