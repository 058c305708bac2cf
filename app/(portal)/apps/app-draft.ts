/** What the form of an app holds, and what is sent for it. Pure. */
import {
  type Budget,
  type BudgetDraft,
  budgetsBody,
  draftOfBudgets,
  draftOfLimits,
  type Limits,
  type LimitsDraft,
  limitsBody,
  noLimits,
} from '@/components/limits/limit-draft'
import type { App } from '@/lib/data/apps'

export type AppDraft = {
  name: string
  tenant: string
  project: string
  environment: string
  ownerEmail: string
  allowedModels: string[]
  pools: string[]
  /** Empty: only the app's own tenant or project. */
  tenantScope: string[]
  projectScope: string[]
  featureScope: string[]
  allowEnvironments: string[]
  allowedIps: string[]
  defaultMaxOutputTokens: string
  language: App['language']
  limits: LimitsDraft
  budgets: BudgetDraft[]
}

/** An app as the form needs it for editing; pools by slug. */
export type EditedApp = Omit<AppDraft, 'defaultMaxOutputTokens' | 'ownerEmail' | 'limits' | 'budgets'> & {
  id: string
  limits: Limits
  budgets: Budget[]
  ownerEmail: string | null
  defaultMaxOutputTokens: number
}

export function emptyDraft(language: App['language']): AppDraft {
  return {
    name: '',
    tenant: 'default',
    project: 'default',
    environment: 'production',
    ownerEmail: '',
    allowedModels: [],
    pools: [],
    tenantScope: [],
    projectScope: [],
    featureScope: ['*'],
    allowEnvironments: [],
    allowedIps: [],
    defaultMaxOutputTokens: '4096',
    language,
    limits: draftOfLimits(noLimits),
    budgets: [],
  }
}

export function draftOf({ id: _, ...app }: EditedApp): AppDraft {
  return {
    ...app,
    ownerEmail: app.ownerEmail ?? '',
    defaultMaxOutputTokens: String(app.defaultMaxOutputTokens),
    limits: draftOfLimits(app.limits),
    budgets: draftOfBudgets(app.budgets),
  }
}

/** The body of `POST /apps`. */
export function appBody(draft: AppDraft): Record<string, unknown> {
  const { tenantScope, projectScope } = draft
  return {
    name: draft.name.trim(),
    tenant: draft.tenant.trim(),
    project: draft.project.trim(),
    ...(tenantScope.length > 0 && { tenant_scope: tenantScope }),
    ...(projectScope.length > 0 && { project_scope: projectScope }),
    feature_scope: draft.featureScope.length > 0 ? draft.featureScope : ['*'],
    environment: draft.environment.trim(),
    allow_environments: draft.allowEnvironments,
    owner_email: draft.ownerEmail.trim() || null,
    allowed_models: draft.allowedModels,
    pools: draft.pools,
    allowed_ips: draft.allowedIps,
    default_max_output_tokens: Number(draft.defaultMaxOutputTokens),
    language: draft.language,
    limits: limitsBody(draft.limits),
    budgets: budgetsBody(draft.budgets),
  }
}

/** The body of `PATCH /apps/{id}`: only what differs. A scope that was emptied goes back to the app's own name. */
export function appChanges(draft: AppDraft, edited: EditedApp): Record<string, unknown> {
  const after = appBody(fillScopes(draft))
  const before = appBody(draftOf(edited))
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  )
}

function fillScopes(draft: AppDraft): AppDraft {
  return {
    ...draft,
    tenantScope: draft.tenantScope.length > 0 ? draft.tenantScope : [draft.tenant.trim()],
    projectScope: draft.projectScope.length > 0 ? draft.projectScope : [draft.project.trim()],
  }
}
