import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Candidate, type Choosing, chooseKey } from '@/lib/gateway/strategies'
import type { Key, Pool } from '@/lib/registry/snapshot'

const candidate = (id: string, weight = 1): Candidate => ({
  key: { id } as Key,
  weight,
  fullWeight: weight,
  tier: 1,
})
const choosing = (pool: Partial<Pool>, more: Partial<Choosing> = {}): Choosing => ({
  pool: { id: 'pool', strategy: 'round_robin', stickiness: 'none', ...pool } as Pool,
  turns: new Map(),
  random: Math.random,
  load: () => 0,
  cost: () => null,
  conversation: null,
  ...more,
})
const ids = ['a', 'b', 'c', 'd', 'e']
const five = ids.map((id) => candidate(id))

/** Calls by key out of so many choices. */
function spread(times: number, choose: (n: number) => Key): Record<string, number> {
  const calls: Record<string, number> = {}
  for (let n = 0; n < times; n++) {
    const { id } = choose(n)
    calls[id] = (calls[id] ?? 0) + 1
  }
  return calls
}

describe('chooseKey', () => {
  it('draws by weight', () => {
    const at = choosing({ strategy: 'weighted' })
    const calls = spread(400, (n) =>
      chooseKey([candidate('a', 3), candidate('b', 1)], { ...at, random: () => n / 400 }),
    )
    expect(calls).toEqual({ a: 300, b: 100 })
  })

  it('asks two for least_latency and never takes the busier of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 6 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (loads, drawn) => {
          const all = loads.map((_, index) => candidate(String(index)))
          const load = ({ id }: Key) => loads[Number(id)] as number
          const chosen = chooseKey(
            all,
            choosing({ strategy: 'least_latency' }, { random: () => drawn, load }),
          )
          expect(loads.filter((each) => each >= load(chosen)).length).toBeGreaterThanOrEqual(2)
        },
      ),
    )
  })

  it('takes the cheapest for lowest_cost, in turn where several cost the same, unpriced ones last', () => {
    const prices: Record<string, number | null> = { a: 20, b: 10, c: 10, d: null, e: 30 }
    const at = choosing({ strategy: 'lowest_cost' }, { cost: ({ id }) => prices[id] ?? null })
    expect(spread(10, () => chooseKey(five, at))).toEqual({ b: 5, c: 5 })
    expect(chooseKey([candidate('a'), candidate('d')], at).id).toBe('a')
    expect(spread(4, () => chooseKey([candidate('d'), candidate('x')], at))).toEqual({ d: 2, x: 2 })
  })

  describe('with stickiness: conversation', () => {
    const sticky = (conversation: string | null) =>
      choosing({ stickiness: 'conversation', strategy: 'round_robin' }, { conversation })

    it('keeps a conversation at one key, and moves only those of a key that is gone', () => {
      const before = Array.from({ length: 200 }, (_, n) => chooseKey(five, sticky(`talk ${n}`)).id)
      const without = five.filter(({ key }) => key.id !== 'c')
      const after = before.map((_, n) => chooseKey(without, sticky(`talk ${n}`)).id)
      for (const [n, id] of before.entries()) if (id !== 'c') expect(after[n]).toBe(id)
      expect(after).not.toContain('c')
    })

    it('spreads conversations by weight', () => {
      const calls = spread(2000, (n) =>
        chooseKey([candidate('a', 3), candidate('b', 1)], sticky(`talk ${n}`)),
      )
      expect(calls.a).toBeGreaterThan(1400)
      expect(calls.a).toBeLessThan(1600)
    })

    it('falls back to the strategy for calls that belong to no conversation', () => {
      const at = sticky(null)
      expect(spread(10, () => chooseKey(five, at))).toEqual({ a: 2, b: 2, c: 2, d: 2, e: 2 })
    })
  })
})
