/** What the form of an app key holds, and what is sent for it. Pure. */
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

const dayMs = 86_400_000

/** An app key as the form needs it for editing. */
export type EditedAppKey = {
  id: string
  name: string
  allowedModels: string[]
  limits: Limits
  budgets: Budget[]
}
export type AppKeyDraft = {
  name: string
  /** Of a key to be issued, in how many days it expires; 0: never. */
  days: string
  allowedModels: string[]
  limits: LimitsDraft
  budgets: BudgetDraft[]
}

export function draftOfAppKey(edited?: EditedAppKey): AppKeyDraft {
  return {
    name: edited?.name ?? '',
    days: '0',
    allowedModels: edited?.allowedModels ?? [],
    limits: draftOfLimits(edited?.limits ?? noLimits),
    budgets: draftOfBudgets(edited?.budgets ?? []),
  }
}

/** `POST /apps/{id}/keys` */
export function newAppKeyBody(draft: AppKeyDraft, now: number) {
  const days = Number(draft.days)
  const expiresAt = days === 0 ? null : new Date(now + days * dayMs).toISOString()
  return { ...appKeyBody(draft), expires_at: expiresAt }
}

/** `PATCH /apps/{id}/keys/{key_id}` */
export function appKeyBody({ name, allowedModels, limits, budgets }: AppKeyDraft) {
  return {
    name: name.trim(),
    allowed_models: allowedModels,
    limits: limitsBody(limits),
    budgets: budgetsBody(budgets),
  }
}
