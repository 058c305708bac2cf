import { describe, expect, it } from 'vitest'
import {
  canTest,
  draftOf,
  type EditedKey,
  emptyDraft,
  keyBody,
  keyChanges,
  providerBody,
  testBody,
} from '@/app/(portal)/keys/key-draft'
import { keyInput, keyPatch, keyTestInput } from '@/lib/schemas/keys'

const edited: EditedKey = {
  id: 'x',
  provider: 'openai',
  name: 'main',
  secretRef: null,
  environment: 'production',
  owner: null,
  tags: ['a'],
  allowedModels: [],
  pools: [],
  status: 'active',
  weight: 1,
  tier: 2,
  limits: { rpm: null, tpm: 100_000, concurrency: null },
  budgets: [{ period: 'day', limit_usd: 5, hard: true, ladder: [] }],
}
const typed = { ...emptyDraft(), name: ' new ', secret: 'sk-0123456789' }

describe('a new key', () => {
  it.each([
    [
      { kind: 'provider', slug: 'openai' },
      { provider: 'openai', secret: 'sk-0123456789' },
    ],
    [
      { kind: 'preset', slug: 'qwen' },
      { preset: 'qwen', secret: 'sk-0123456789' },
    ],
  ] as const)('of %j is tested where it will be sent', (source, body) => {
    expect(canTest({ ...typed, source })).toBe(true)
    expect(testBody({ ...typed, source })).toEqual(body)
    expect(keyTestInput.parse(body)).toEqual(body)
  })

  it('at an address of its own is tested and added there', () => {
    const draft = {
      ...typed,
      source: { kind: 'preset', slug: 'custom' } as const,
      providerSlug: 'mine ',
      baseUrl: ' https://x.example/v1 ',
    }
    expect(testBody(draft)).toEqual({
      preset: 'custom',
      base_url: 'https://x.example/v1',
      secret: typed.secret,
    })
    expect(providerBody(draft)).toEqual({ preset: 'custom', slug: 'mine', base_url: 'https://x.example/v1' })
    expect(keyBody(draft).provider).toBe('mine')
  })

  it('is a body that the admin API takes', () => {
    const body = keyBody({ ...typed, source: { kind: 'provider', slug: 'openai' } })
    expect(keyInput.parse(body)).toMatchObject({ provider: 'openai', name: 'new', owner: null, weight: 1 })
    const reference = keyBody({
      ...typed,
      source: { kind: 'provider', slug: 'openai' },
      secretKind: 'reference',
      secretRef: 'env:AKCP_SECRET_A ',
    })
    expect(keyInput.parse(reference)).toMatchObject({ secret_ref: 'env:AKCP_SECRET_A' })
    expect(reference).not.toHaveProperty('secret')
  })

  it('cannot be tested without a secret, without a provider, or by its reference', () => {
    const source = { kind: 'provider', slug: 'openai' } as const
    expect(canTest({ ...typed, source, secret: ' ' })).toBe(false)
    expect(canTest(typed)).toBe(false)
    expect(canTest({ ...typed, source, secretKind: 'reference' })).toBe(false)
  })
})

describe('a changed key', () => {
  it('sends nothing when nothing was changed, and no secret when none was typed', () => {
    expect(keyChanges(draftOf(edited), edited)).toEqual({})
    const byReference = { ...edited, secretRef: 'env:AKCP_SECRET_A' }
    expect(keyChanges(draftOf(byReference), byReference)).toEqual({})
  })

  it('sends only what differs', () => {
    const draft = { ...draftOf(edited), owner: ' Ann ', tags: [], weight: '3', secret: 'sk-new' }
    const changes = keyChanges(draft, edited)
    expect(changes).toEqual({ owner: 'Ann', tags: [], weight: 3, secret: 'sk-new' })
    expect(keyPatch.safeParse(changes).success).toBe(true)
  })

  it('goes from a typed secret to a reference', () => {
    const draft = { ...draftOf(edited), secretKind: 'reference' as const, secretRef: 'file:openai' }
    expect(keyChanges(draft, edited)).toEqual({ secret_ref: 'file:openai' })
  })
})
