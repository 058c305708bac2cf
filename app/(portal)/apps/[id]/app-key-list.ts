import { type Budget, type Limits, noLimits } from '@/components/limits/limit-draft'
import type { AppKey } from '@/lib/data/app-keys'

export type AppKeyState = AppKey['status'] | 'expired'
export type AppKeyRow = {
  id: string
  name: string
  publicId: string
  last4: string
  state: AppKeyState
  allowedModels: string[]
  limits: Limits
  budgets: Budget[]
  expiresAt: string | null
  lastUsedAt: string | null
  createdAt: string
}

const order: AppKeyState[] = ['enabled', 'disabled', 'expired', 'revoked']

/** Keys that work come first, then the newest. */
export function appKeyRows(
  keys: AppKey[],
  lastUse: Map<string, string>,
  budgets: Map<string, Budget[]>,
  now: Date,
): AppKeyRow[] {
  return keys
    .map((key) => ({
      id: key.id,
      name: key.name,
      publicId: key.publicId,
      last4: key.last4,
      state: stateOf(key, now),
      allowedModels: key.allowedModels,
      limits: key.limits ?? noLimits,
      budgets: budgets.get(key.id) ?? [],
      expiresAt: key.expiresAt?.toISOString() ?? null,
      lastUsedAt: lastUse.get(key.id) ?? null,
      createdAt: key.createdAt.toISOString(),
    }))
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || b.createdAt.localeCompare(a.createdAt))
}

function stateOf({ status, expiresAt }: AppKey, now: Date): AppKeyState {
  return status !== 'revoked' && expiresAt && expiresAt <= now ? 'expired' : status
}
