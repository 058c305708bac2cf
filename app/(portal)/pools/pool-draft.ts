/** What the form of a pool holds, and what is sent for it. Pure. */

export type PoolKey = { key_id: string; weight: number | null; tier: number | null }
export type PoolDraft = {
  slug: string
  name: string
  environment: string
  keys: (PoolKey & { weightText: string })[]
  allowedModels: string[]
  tenantScope: string[]
}
type EditedPool = {
  slug: string
  name: string
  environment: string
  set: PoolKey[]
  allowedModels: string[]
  tenantScope: string[]
}

export const emptyPool: PoolDraft = {
  slug: '',
  name: '',
  environment: 'production',
  keys: [],
  allowedModels: [],
  tenantScope: [],
}

export function draftOfPool(pool: EditedPool): PoolDraft {
  const { slug, name, environment, allowedModels, tenantScope } = pool
  const keys = pool.set.map((key) => ({ ...key, weightText: key.weight === null ? '' : String(key.weight) }))
  return { slug, name, environment, keys, allowedModels, tenantScope }
}

/** `POST /pools`; a weight left empty takes the key's own. */
export function poolBody(draft: PoolDraft) {
  return {
    slug: draft.slug.trim(),
    name: draft.name.trim() || draft.slug.trim(),
    environment: draft.environment.trim(),
    keys: draft.keys.map(({ key_id, tier, weightText }) => ({
      key_id,
      weight: weightText.trim() === '' ? null : Number(weightText),
      tier,
    })),
    allowed_models: draft.allowedModels,
    tenant_scope: draft.tenantScope,
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
