/** What the form of a pool holds, and what is sent for it. Pure. */
import type { z } from 'zod'
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
import type { pool } from '@/lib/schemas/pools'

type Pool = z.output<typeof pool>
export type Strategy = Pool['strategy']
export const strategies = ['round_robin', 'weighted', 'least_latency', 'lowest_cost', 'priority'] as const

export type PoolKey = { key_id: string; weight: number | null; tier: number | null }
type Shared = {
  slug: string
  name: string
  environment: string
  strategy: Strategy
  stickiness: Pool['stickiness']
  fallbackPoolId: string | null
  allowedModels: string[]
  tenantScope: string[]
  modelPriority: string[]
}
export type EditedPool = Shared & {
  set: PoolKey[]
  standbyPercent: number
  waitSeconds: number
  limits: Limits
  budgets: Budget[]
}
export type PoolDraft = Shared & {
  keys: { key_id: string; weightText: string; tierText: string }[]
  standbyPercent: string
  waitSeconds: string
  limits: LimitsDraft
  budgets: BudgetDraft[]
}

const emptyPool: EditedPool = {
  slug: '',
  name: '',
  environment: 'production',
  strategy: 'round_robin',
  stickiness: 'none',
  fallbackPoolId: null,
  allowedModels: [],
  tenantScope: [],
  modelPriority: [],
  set: [],
  standbyPercent: 0,
  waitSeconds: 0,
  limits: noLimits,
  budgets: [],
}

export function draftOfPool(edited: EditedPool = emptyPool): PoolDraft {
  const { slug, name, environment, strategy, stickiness } = edited
  const { fallbackPoolId, allowedModels, tenantScope, modelPriority } = edited
  const text = (value: number | null) => (value === null ? '' : String(value))
  return {
    ...{ slug, name, environment, strategy, stickiness },
    ...{ fallbackPoolId, allowedModels, tenantScope, modelPriority },
    keys: edited.set.map(({ key_id, weight, tier }) => ({
      key_id,
      weightText: text(weight),
      tierText: text(tier),
    })),
    standbyPercent: String(edited.standbyPercent),
    waitSeconds: String(edited.waitSeconds),
    limits: draftOfLimits(edited.limits),
    budgets: draftOfBudgets(edited.budgets),
  }
}

/** `POST /pools`; a weight or tier left empty takes the key's own. */
export function poolBody(draft: PoolDraft) {
  const number = (text: string) => (text.trim() === '' ? null : Number(text))
  return {
    slug: draft.slug.trim(),
    name: draft.name.trim() || draft.slug.trim(),
    environment: draft.environment.trim(),
    strategy: draft.strategy,
    stickiness: draft.stickiness,
    keys: draft.keys.map(({ key_id, weightText, tierText }) => ({
      key_id,
      weight: number(weightText),
      tier: number(tierText),
    })),
    standby_percent: Number(draft.standbyPercent),
    fallback_pool_id: draft.fallbackPoolId,
    wait_seconds: Number(draft.waitSeconds),
    allowed_models: draft.allowedModels,
    tenant_scope: draft.tenantScope,
    model_priority: draft.modelPriority,
    limits: limitsBody(draft.limits),
    budgets: budgetsBody(draft.budgets),
  }
}

/** `PATCH /pools/{id}`: only what differs. */
export function poolChanges(draft: PoolDraft, before: EditedPool): Record<string, unknown> {
  const old: Record<string, unknown> = poolBody(draftOfPool(before))
  return Object.fromEntries(
    Object.entries(poolBody(draft)).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name]),
    ),
  )
}

/** The list with the item at `index` one place up (-1) or down (1). */
export function moved<Item>(items: Item[], index: number, by: -1 | 1): Item[] {
  const next = [...items]
  const [item] = next.splice(index, 1)
  if (item !== undefined) next.splice(index + by, 0, item)
  return next
}

/** A slug made of a name: what is not allowed becomes hyphens. */
export function slugFrom(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
}
