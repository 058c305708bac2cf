import { z } from 'zod'
import { label, listOf, modelPatterns, strict, timeOut } from './fields'
import { budget, budgetsField, limits, limitsField } from './limits'

/** What stands for the one policy of everything. */
export const globalId = 'all'

export const policyScope = z.enum(['tenant', 'project', 'feature', 'global'])
export type PolicyScope = z.output<typeof policyScope>

export const policyParams = z
  .object({ scope: policyScope, id: label.meta({ description: `A name; ${globalId} for global` }) })
  .refine((policy) => policy.scope !== 'global' || policy.id === globalId, {
    path: ['id'],
    error: `expected ${globalId}: there is one policy for everything, /policies/global/${globalId}`,
  })

export const policyInput = strict({
  limits: limitsField,
  budgets: budgetsField,
  allowed_models: modelPatterns.default([]).meta({ description: 'Empty: every model' }),
})

export const policy = z
  .object({
    scope: policyScope,
    id: z.string(),
    limits,
    budgets: z.array(budget),
    allowed_models: z.array(z.string()),
    updated_at: timeOut.nullable().meta({ description: 'Null: never set' }),
  })
  .meta({ id: 'Policy' })
export const policyList = listOf(policy)
