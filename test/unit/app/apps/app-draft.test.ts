import { expect, it } from 'vitest'
import { appBody, appChanges, draftOf, type EditedApp, emptyDraft } from '@/app/(portal)/apps/app-draft'
import { appInput, appPatch } from '@/lib/schemas/apps'

const edited: EditedApp = {
  id: 'x',
  name: 'web',
  tenant: 'acme',
  project: 'shop',
  environment: 'production',
  ownerEmail: null,
  allowedModels: [],
  pools: ['main'],
  tenantScope: ['acme'],
  projectScope: ['shop'],
  featureScope: ['*'],
  allowEnvironments: [],
  allowedIps: [],
  defaultMaxOutputTokens: 4096,
  language: 'en',
  limits: { rpm: 60, tpm: null, concurrency: null },
  budgets: [{ period: 'month', limit_usd: 100, hard: false, ladder: [] }],
}

it('sends what the admin API takes', () => {
  const body = appBody({ ...emptyDraft('zh'), name: ' web ', ownerEmail: ' ' })
  expect(appInput.parse(body)).toMatchObject({ name: 'web', owner_email: null, language: 'zh' })
  expect(body).not.toHaveProperty('tenant_scope')
})

it('sends nothing when nothing was changed', () => {
  expect(appChanges(draftOf(edited), edited)).toEqual({})
})

it('sends only what was changed', () => {
  const draft = {
    ...draftOf(edited),
    ownerEmail: 'dev@example.com',
    pools: [],
    defaultMaxOutputTokens: '100',
  }
  const changes = appChanges(draft, edited)
  expect(changes).toEqual({ owner_email: 'dev@example.com', pools: [], default_max_output_tokens: 100 })
  expect(appPatch.parse(changes)).toEqual(changes)
})

it('puts an emptied scope back to the app’s own name', () => {
  const wide = { ...edited, tenantScope: ['acme', 'bolt'] }
  expect(appChanges({ ...draftOf(wide), tenantScope: [] }, wide)).toEqual({ tenant_scope: ['acme'] })
})
