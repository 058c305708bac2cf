import { describe, expect, test } from 'vitest'
import { probeCost, probeModel } from '@/lib/gateway/canary'
import type { Price } from '@/lib/ledger/cost'
import { modelList } from '@/lib/registry/model-list'
import type { Key } from '@/lib/registry/snapshot'

/** Dollars per million output tokens. */
const prices: Record<string, number> = { small: 1, large: 10, 'text-embedding-x': 0.1, house: 5 }

function priceOf(model: string): Price | null {
  const usd = prices[model]
  if (usd === undefined) return null
  const pico = BigInt(usd * 1e6)
  const tier = { aboveInputTokens: -1, inputPico: pico, cachedInputPico: pico, outputPico: pico }
  return { id: model, model, effectiveFrom: 0, tiers: [tier] }
}

function chosen(key: { allowed?: string[]; model?: string }, offered: string[]) {
  const probe = { enabled: true, interval_seconds: 300, paid: true, monthly_limit_usd: 1, model: key.model }
  return probeModel({ probe, models: modelList(key.allowed ?? []) } as Key, offered, priceOf)
}

describe('a paid probe asks', () => {
  test.each([
    ['the cheapest model on offer', {}, ['large', 'small', 'nameless'], 'small'],
    ['no model that does not chat', {}, ['text-embedding-x', 'large'], 'large'],
    ['only a model that the key may use', { allowed: ['la*'] }, ['large', 'small'], 'large'],
    ['one that the key names, although the provider lists none', { allowed: ['house'] }, [], 'house'],
    ['the one that was chosen', { model: 'large' }, ['large', 'small'], 'large'],
  ])('%s', (_name, key, offered, model) => {
    expect(chosen(key, offered)?.name).toBe(model)
  })

  test.each([
    ['has no price', {}, ['nameless']],
    ['was chosen and has none', { model: 'nameless' }, ['small']],
    ['is not there', {}, []],
  ])('nothing when the model %s', (_name, key, offered) => {
    expect(chosen(key, offered)).toBeNull()
  })
})

test('its cost is reckoned with more tokens than it takes', () => {
  const model = chosen({}, ['small'])
  expect(model && probeCost(model)).toBe(70_000n)
})
