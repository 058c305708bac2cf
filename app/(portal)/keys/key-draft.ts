/** What the form of a key holds, and what is sent for it. Pure. */
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

/** A provider that exists, or a preset (`custom` included) that will be added with the key. */
export type Source = { kind: 'provider' | 'preset'; slug: string }

export type KeyDraft = {
  source: Source | null
  /** Of a provider that will be added. */
  providerSlug: string
  baseUrl: string
  name: string
  secretKind: 'typed' | 'reference'
  secret: string
  secretRef: string
  environment: string
  owner: string
  tags: string[]
  allowedModels: string[]
  pools: string[]
  status: 'active' | 'standby' | 'disabled'
  weight: string
  tier: string
  limits: LimitsDraft
  budgets: BudgetDraft[]
}

/** A key as the form needs it for editing. */
export type EditedKey = {
  id: string
  provider: string
  name: string
  secretRef: string | null
  environment: string
  owner: string | null
  tags: string[]
  allowedModels: string[]
  /** Slugs of the pools it was put into; its default pool is not one of them. */
  pools: string[]
  status: KeyDraft['status']
  weight: number
  tier: number
  limits: Limits
  budgets: Budget[]
}

export function emptyDraft(environment = 'production'): KeyDraft {
  return {
    source: null,
    providerSlug: '',
    baseUrl: '',
    name: '',
    secretKind: 'typed',
    secret: '',
    secretRef: '',
    environment,
    owner: '',
    tags: [],
    allowedModels: [],
    pools: [],
    status: 'active',
    weight: '1',
    tier: '1',
    limits: draftOfLimits(noLimits),
    budgets: [],
  }
}

export function draftOf(key: EditedKey): KeyDraft {
  return {
    ...emptyDraft(key.environment),
    source: { kind: 'provider', slug: key.provider },
    name: key.name,
    secretKind: key.secretRef === null ? 'typed' : 'reference',
    secretRef: key.secretRef ?? '',
    owner: key.owner ?? '',
    tags: key.tags,
    allowedModels: key.allowedModels,
    pools: key.pools,
    status: key.status,
    weight: String(key.weight),
    tier: String(key.tier),
    limits: draftOfLimits(key.limits),
    budgets: draftOfBudgets(key.budgets),
  }
}

/** Whether there is a typed secret that a provider can be asked about. */
export function canTest(draft: KeyDraft): boolean {
  return draft.secretKind === 'typed' && draft.secret.trim() !== '' && draft.source !== null
}

/** `POST /keys/test` */
export function testBody({ source, baseUrl, secret }: KeyDraft) {
  return source?.kind === 'provider'
    ? { provider: source.slug, secret }
    : { preset: source?.slug, ...(baseUrl.trim() && { base_url: baseUrl.trim() }), secret }
}

/** `POST /providers`, for a provider that is not there yet; null when there is nothing to add. */
export function providerBody({ source, providerSlug, baseUrl }: KeyDraft) {
  if (source?.kind !== 'preset') return null
  return {
    preset: source.slug,
    ...(source.slug === 'custom' && { slug: providerSlug.trim() }),
    ...(baseUrl.trim() && { base_url: baseUrl.trim() }),
  }
}

/** `POST /keys` */
export function keyBody(draft: KeyDraft) {
  return { provider: providerOf(draft), ...secretOf(draft), ...fieldsOf(draft) }
}

/** `PATCH /keys/{id}`: only what differs; a secret left empty stays as it is. */
export function keyChanges(draft: KeyDraft, before: EditedKey): Record<string, unknown> {
  const fields: Record<string, unknown> = fieldsOf(draft)
  const old: Record<string, unknown> = fieldsOf(draftOf(before))
  const changed = Object.entries(fields).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name]),
  )
  const sameReference = draft.secretKind === 'reference' && draft.secretRef.trim() === before.secretRef
  const noSecret = draft.secretKind === 'typed' && draft.secret.trim() === ''
  return { ...Object.fromEntries(changed), ...(sameReference || noSecret ? {} : secretOf(draft)) }
}

/** The slug under which the key's provider is, or will be, known. */
export function providerOf({ source, providerSlug }: KeyDraft): string {
  return source?.kind === 'preset' && source.slug === 'custom' ? providerSlug.trim() : (source?.slug ?? '')
}

function secretOf({ secretKind, secret, secretRef }: KeyDraft) {
  return secretKind === 'typed' ? { secret } : { secret_ref: secretRef.trim() }
}

function fieldsOf(draft: KeyDraft) {
  return {
    name: draft.name.trim(),
    environment: draft.environment.trim(),
    owner: draft.owner.trim() || null,
    tags: draft.tags,
    allowed_models: draft.allowedModels,
    pools: draft.pools,
    status: draft.status,
    weight: Number(draft.weight),
    tier: Number(draft.tier),
    limits: limitsBody(draft.limits),
    budgets: budgetsBody(draft.budgets),
  }
}
