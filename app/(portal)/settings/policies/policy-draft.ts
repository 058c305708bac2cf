/** What the form of a policy holds, and what is sent for it. Pure. */
import type { z } from 'zod'
import {
  type BudgetDraft,
  budgetsBody,
  draftOfBudgets,
  draftOfLimits,
  type LimitsDraft,
  limitsBody,
  noLimits,
} from '@/components/limits/limit-draft'
import type { policy } from '@/lib/schemas/policies'

type Policy = z.output<typeof policy>
export type PolicyScope = Policy['scope']
export const policyScopes = ['global', 'tenant', 'project', 'feature'] as const

export type EditedPolicy = Pick<Policy, 'scope' | 'id' | 'limits' | 'budgets' | 'allowed_models'>
export type PolicyDraft = {
  scope: PolicyScope
  name: string
  limits: LimitsDraft
  budgets: BudgetDraft[]
  allowedModels: string[]
}

export function draftOfPolicy(edited?: EditedPolicy): PolicyDraft {
  return {
    scope: edited?.scope ?? 'tenant',
    name: edited?.id ?? '',
    limits: draftOfLimits(edited?.limits ?? noLimits),
    budgets: draftOfBudgets(edited?.budgets ?? []),
    allowedModels: edited?.allowed_models ?? [],
  }
}

/** Where a policy is put: there is one for everything, and one for each name. */
export function policyPath({ scope, name }: Pick<PolicyDraft, 'scope' | 'name'>): string {
  return `/policies/${scope}/${scope === 'global' ? 'all' : encodeURIComponent(name.trim())}`
}

/** `PUT /policies/{scope}/{id}` */
export function policyBody({ limits, budgets, allowedModels }: PolicyDraft) {
  return { limits: limitsBody(limits), budgets: budgetsBody(budgets), allowed_models: allowedModels }
}
