import { describe, expect, it } from 'vitest'
import {
  exampleNanos,
  needsPrice,
  type PriceSources,
  priceRows,
} from '@/app/(portal)/pools/prices/price-list'

const now = Date.parse('2026-03-01T00:00:00Z')
const day = 86_400_000
const override = (model: string, at: number, inputPico: bigint) => ({
  provider: 'one',
  price: {
    id: `${model}@${at}`,
    providerId: 'p1',
    model,
    inputPico,
    cachedInputPico: null,
    outputPico: 2_000_000n,
    effectiveFrom: new Date(at),
    createdAt: new Date(at),
    archivedAt: null,
  },
})
const sources = (fields: Partial<PriceSources> = {}): PriceSources => ({
  providers: [{ id: 'p1', slug: 'one', name: 'One', priceProvider: null }],
  overrides: [],
  called: [],
  unpriced: [],
  searched: [],
  catalogue: (_, model) =>
    model === 'listed'
      ? {
          id: 'catalogue:listed',
          model,
          effectiveFrom: now - day,
          tiers: [
            {
              aboveInputTokens: -1,
              inputPico: 3_000_000n,
              cachedInputPico: 300_000n,
              outputPico: 15_000_000n,
            },
            { aboveInputTokens: 200_000, inputPico: 6_000_000n, cachedInputPico: 1n, outputPico: 1n },
          ],
        }
      : null,
  now,
  ...fields,
})
const called = (model: string, calls: number) => ({ provider_id: 'p1', model, calls, last_at: '' })

describe('prices', () => {
  it('come from the catalogue, or from nowhere: then they are first and wanted', () => {
    const rows = priceRows(sources({ called: [called('listed', 9), called('unknown', 1)] }))
    expect(rows.map((row) => [row.model, row.source, needsPrice(row)])).toEqual([
      ['unknown', 'none', true],
      ['listed', 'catalogue', false],
    ])
    expect(rows[1]).toMatchObject({
      inForce: { input: 3, cached: 0.3, output: 15 },
      catalogue: { tiered: true },
      calls: 9,
    })
  })

  it('of the organisation’s own stand beside the catalogue’s, the coming ones among them', () => {
    const [row] = priceRows(
      sources({
        overrides: [
          override('listed', now - day, 1_000_000n),
          override('listed', now + day, 9_000_000n),
          override('listed', now - 9 * day, 5_000_000n),
        ],
      }),
    )
    expect(row).toMatchObject({
      source: 'override',
      inForce: { input: 1, cached: null, output: 2 },
      since: new Date(now - day).toISOString(),
      catalogue: { input: 3 },
    })
    expect(row?.overrides.map(({ input }) => input)).toEqual([9, 1, 5])
  })

  it('of a pattern count for the models it matches', () => {
    const rows = priceRows(
      sources({ overrides: [override('unk*', now - day, 1n)], called: [called('unknown', 1)] }),
    )
    expect(rows.find((row) => row.model === 'unknown')).toMatchObject({ source: 'override', overrides: [] })
    expect(rows.some(needsPrice)).toBe(false)
  })

  it('are missing for calls that are no longer among the latest', () => {
    const rows = priceRows(
      sources({
        unpriced: [
          { provider: 'one', model: 'rare', requests: 2 },
          { provider: 'gone', model: 'x', requests: 1 },
        ],
      }),
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ model: 'rare', calls: null, unpricedCalls: 2 })
    expect(rows.map(needsPrice)).toEqual([true])
  })

  it('of models nobody called are shown when searched for, and missing ones are not wanted', () => {
    const rows = priceRows(sources({ searched: [{ providerId: 'p1', model: 'other' }] }))
    expect(rows.map(needsPrice)).toEqual([false])
  })
})

describe('the worked example', () => {
  it.each([
    [{ input: '2.5', output: '10' }, 7_500_000n],
    [{ input: '0', output: '0' }, 0n],
    [{ input: '0.000001', output: '0.000001' }, 2n],
    [{ input: '', output: '1' }, null],
    [{ input: 'x', output: '1' }, null],
    [{ input: '-1', output: '1' }, null],
    [{ input: '0.0000001', output: '1' }, null],
  ])('with %j is %s nano-dollars', (rates, nanos) => {
    expect(exampleNanos(rates)).toBe(nanos)
  })
})
