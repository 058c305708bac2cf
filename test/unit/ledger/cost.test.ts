import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { costNanos, type Price, priceOf, type Usage } from '@/lib/ledger/cost'
import { cataloguePrice } from '@/lib/ledger/prices'

const price = (input: number, cached: number, output: number): Price => ({
  id: 'p',
  model: 'm',
  effectiveFrom: 0,
  tiers: [
    {
      aboveInputTokens: -1,
      inputPico: BigInt(input),
      cachedInputPico: BigInt(cached),
      outputPico: BigInt(output),
    },
  ],
})
const usage = (values: Partial<Usage>): Usage => ({
  input: 0,
  cachedInput: 0,
  output: 0,
  reasoning: 0,
  ...values,
})

describe('costNanos', () => {
  it.each([
    ['nothing', usage({}), price(150_000, 75_000, 600_000), 0n],
    ['input and output', usage({ input: 19, output: 14 }), price(150_000, 75_000, 600_000), 11_250n],
    [
      'cached input at its own price',
      usage({ input: 100, cachedInput: 60 }),
      price(1_000_000, 100_000, 0),
      46_000n,
    ],
    ['more cached than input', usage({ input: 10, cachedInput: 50 }), price(1_000_000, 100_000, 0), 1_000n],
    ['half a nano-dollar, up', usage({ input: 1 }), price(500, 0, 0), 1n],
    ['less than half, down', usage({ input: 1 }), price(499, 0, 0), 0n],
    [
      'two thousand million tokens',
      usage({ input: 2_000_000_000 }),
      price(150_000_000, 0, 0),
      300_000_000_000_000n,
    ],
  ])('%s', (_, tokens, prices, expected) => {
    expect(costNanos(tokens, prices)).toBe(expected)
  })

  it('takes the tier that the input reaches, for all tokens', () => {
    const tiered = price(1_000, 1_000, 1_000)
    tiered.tiers.push({
      aboveInputTokens: 100,
      inputPico: 2_000n,
      cachedInputPico: 2_000n,
      outputPico: 3_000n,
    })
    expect(costNanos(usage({ input: 100, output: 10 }), tiered)).toBe(110n)
    expect(costNanos(usage({ input: 101, output: 10 }), tiered)).toBe(232n)
  })

  it('is the exact sum, rounded once, half up', () => {
    const tokens = fc.integer({ min: 0, max: 10_000_000 })
    const pico = fc.integer({ min: 0, max: 200_000_000 })
    fc.assert(
      fc.property(tokens, tokens, tokens, pico, pico, pico, (input, cached, output, a, b, c) => {
        const seen = Math.min(cached, input)
        const exact = BigInt(input - seen) * BigInt(a) + BigInt(seen) * BigInt(b) + BigInt(output) * BigInt(c)
        const cost = costNanos(usage({ input, cachedInput: cached, output }), price(a, b, c))
        const off = cost * 1000n - exact
        expect(off > -500n && off <= 500n).toBe(true)
      }),
    )
  })
})

describe('priceOf', () => {
  const at = (model: string, effectiveFrom: number): Price => ({
    ...price(1, 1, 1),
    id: `${model}@${effectiveFrom}`,
    model,
    effectiveFrom,
  })
  const prices = [at('gpt-4o', 300), at('gpt-*', 200), at('gpt-4o', 100), at('gpt-*', 50)]

  it.each([
    ['gpt-4o', 350, 'gpt-4o@300'],
    ['gpt-4o', 250, 'gpt-4o@100'],
    ['gpt-4o', 75, 'gpt-*@50'],
    ['gpt-5', 350, 'gpt-*@200'],
    ['gpt-5', 10, undefined],
    ['claude', 350, undefined],
  ])('%s at %i', (model, now, id) => {
    expect(priceOf(prices, model, now)?.id).toBe(id)
  })
})

describe('cataloguePrice', () => {
  const at = Date.parse('2026-11-01T00:00:00Z')

  it('knows list prices to the pico-dollar', () => {
    const [tier] = cataloguePrice('openai', 'gpt-4o-mini', at)?.tiers ?? []
    expect(tier).toEqual({
      aboveInputTokens: -1,
      inputPico: 150_000n,
      cachedInputPico: 75_000n,
      outputPico: 600_000n,
    })
  })

  it('knows prices that rise with the length of the prompt', () => {
    const tiers = cataloguePrice('google', 'gemini-2.5-pro', at)?.tiers
    expect(tiers?.map((tier) => [tier.aboveInputTokens, tier.inputPico])).toEqual([
      [-1, 1_250_000n],
      [200_000, 2_500_000n],
    ])
  })

  it('says so when it knows none', () => {
    expect(cataloguePrice('openai', 'no-such-model', at)).toBeNull()
    expect(cataloguePrice('no-such-provider', 'gpt-4o', at)).toBeNull()
  })
})
