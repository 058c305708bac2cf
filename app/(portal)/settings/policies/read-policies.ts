import { listApps } from '@/lib/data/apps'
import { listPolicies } from '@/lib/data/policies'
import { portalDatabase } from '@/lib/data/portal-database'
import { limitsAnswer } from '@/lib/schemas/limits'
import { globalId } from '@/lib/schemas/policies'
import { type BudgetStatus, readBudgets } from '../../read-budgets'
import type { EditedPolicy } from './policy-draft'
import type { PolicyNames } from './policy-sheet'

/** Far more than a team has. */
const all = { limit: 2000, after: undefined }

export type PolicyView = Omit<EditedPolicy, 'budgets'> & { budgets: BudgetStatus[] }

/** Every policy with its budgets, that for everything first, and the names that apps use. */
export async function readPolicies(): Promise<{ policies: PolicyView[]; names: PolicyNames }> {
  const { db } = portalDatabase()
  const [rows, budgets, apps] = await Promise.all([
    listPolicies(db, all),
    readBudgets({ ownerEmail: null }),
    listApps(db, all, null),
  ])
  const policies = rows.map(({ scope, scopeId, limits, allowedModels }) => {
    const id = scope === 'global' ? globalId : scopeId
    const own = budgets.filter((budget) => budget.scope === scope && budget.id === id)
    return { scope, id, limits: limitsAnswer(limits), budgets: own, allowed_models: allowedModels }
  })
  const named = (values: string[]) => [...new Set(values)].filter((value) => value !== '*').sort()
  return {
    policies: policies.sort((a, b) => Number(b.scope === 'global') - Number(a.scope === 'global')),
    names: {
      tenant: named(apps.flatMap(({ tenant, tenantScope }) => [tenant, ...tenantScope])),
      project: named(apps.flatMap(({ project, projectScope }) => [project, ...projectScope])),
      feature: named(apps.flatMap(({ featureScope }) => featureScope)),
    },
  }
}
