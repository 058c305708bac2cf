import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type PickInput, pickKey } from '@/lib/gateway/pick-key'
import type { Turns } from '@/lib/gateway/strategies'
import type { Verdict } from '@/lib/health/book'
import { modelList } from '@/lib/registry/model-list'
import type { Key, Pool, Provider, Target } from '@/lib/registry/snapshot'

const provider = { id: 'p', slug: 'p', enabled: true } as Provider

function key(id: string, values: Partial<Key> = {}): Key {
  return {
    id,
    provider,
    status: 'active',
    environment: 'production',
    expiresAt: null,
    secret: 'sk',
    problem: null,
    models: modelList([]),
    ...values,
  } as Key
}

function target(keys: [Key, number][], values: Partial<Pool> = {}): Target {
  const members = keys.map(([member, weight]) => ({ key: member, weight, tier: member.tier ?? 1 }))
  const pool = {
    id: 'pool',
    environment: 'production',
    models: modelList([]),
    tenantScope: null,
    strategy: 'round_robin',
    stickiness: 'none',
    standbyPercent: 0,
    members,
    ...values,
  } as Pool
  return { pool, provider: null, model: 'm', firstByteTimeoutMs: null }
}

const well: Verdict = { serve: 'yes', reason: null, retryAt: null, breaker: false, share: 1 }

const pick = (
  at: Target,
  tried: string[] = [],
  turns: Turns = new Map(),
  verdicts: Record<string, Partial<Verdict>> = {},
  more: Partial<PickInput> = {},
) =>
  pickKey({
    pool: at.pool,
    target: at,
    tenant: 'acme',
    refused: new Map(tried.map((id) => [id, { key_id: id, why: 'tried' }])),
    now: 1000,
    turns,
    random: () => 0.5,
    isHeld: () => false,
    health: ({ id }: Key) => ({ ...well, ...verdicts[id] }),
    load: () => 0,
    cost: () => null,
    conversation: null,
    ...more,
  })

describe('pickKey', () => {
  it.each<[string, Partial<Key>, Partial<Pool>, string]>([
    ['disabled', { status: 'disabled' }, {}, 'disabled'],
    ['expired', { expiresAt: new Date(1000) }, {}, 'expired'],
    ['of another environment', { environment: 'staging' }, {}, 'other environment'],
    [
      'without a secret',
      { secret: null, problem: 'its secret has not been entered' },
      {},
      'its secret has not been entered',
    ],
    ['of a disabled provider', { provider: { ...provider, enabled: false } }, {}, 'provider disabled'],
    ['not for this model', { models: modelList(['other', 'x-*']) }, {}, 'model not allowed'],
    ['in a pool not for this model', {}, { models: modelList(['other']) }, 'model not allowed'],
    ['in a pool of other tenants', {}, { tenantScope: new Set(['globex']) }, 'tenant not allowed'],
  ])('never gives out a key that is %s, and says why', (_, values, pool, why) => {
    expect(pick(target([[key('a', values), 1]], pool))).toEqual({
      key: null,
      candidates: [],
      skipped: [{ key_id: 'a', why }],
    })
  })

  it('gives out a standby key only when no active one can serve', () => {
    const both = target([
      [key('standby', { status: 'standby' }), 1],
      [key('active'), 1],
    ])
    expect(pick(both).key?.id).toBe('active')
    expect(pick(both, ['active']).key?.id).toBe('standby')
  })

  it('serves each key exactly by its weight in every full turn, without bursts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }), (weights) => {
        const turns: Turns = new Map()
        const at = target(weights.map((weight, index) => [key(String(index)), weight]))
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        for (let round = 0; round < 3; round++) {
          const served = Array.from({ length: total }, () => pick(at, [], turns).key?.id)
          expect(weights.map((_, index) => served.filter((id) => id === String(index)).length)).toEqual(
            weights,
          )
        }
      }),
    )
  })

  it('never gives out the same key twice for one call', () => {
    const at = target([
      [key('a'), 1],
      [key('b'), 1],
      [key('c'), 5],
    ])
    const turns: Turns = new Map()
    const tried: string[] = []
    for (let next = pick(at, tried, turns).key; next; next = pick(at, tried, turns).key) tried.push(next.id)
    expect(tried.toSorted()).toEqual(['a', 'b', 'c'])
  })

  const five = target(['a', 'b', 'c', 'd', 'e'].map((id) => [key(id), 1]))
  const served = (verdicts: Record<string, Partial<Verdict>>) => {
    const turns: Turns = new Map()
    return new Set(Array.from({ length: 50 }, () => pick(five, [], turns, verdicts).key?.id))
  }
  const guess = (retryAt: number) => ({ serve: 'no', breaker: true, reason: 'provider', retryAt }) as const
  const known = { serve: 'no', breaker: false, reason: 'auth', retryAt: null } as const

  it('passes over every key that has said no, however many they are', () => {
    expect(served({ a: known, b: known, c: known, d: known })).toEqual(new Set(['e']))
    expect(pick(five, [], new Map(), { a: known, b: known, c: known, d: known, e: known }).key).toBeNull()
  })

  it('gives up at most half of a pool on a guess, and keeps those that may be tried soonest', () => {
    const all = { a: guess(5000), b: guess(4000), c: guess(3000), d: guess(2000), e: guess(1500) }
    expect(served(all)).toEqual(new Set(['c', 'd', 'e']))
    expect(pick(target([[key('a'), 1]]), [], new Map(), { a: guess(5000) }).key?.id).toBe('a')
  })

  it('says when the first of them may be tried again', () => {
    const { skipped } = pick(target([[key('a'), 1]]), [], new Map(), {
      a: { serve: 'no', reason: 'rate', retryAt: 4000 },
    })
    expect(skipped).toEqual([{ key_id: 'a', why: 'out: rate', retry_at: 4000 }])
  })

  it('gives a key that has just come back its share', () => {
    const turns: Turns = new Map()
    const ids = Array.from(
      { length: 110 },
      () =>
        pick(
          target([
            [key('a'), 1],
            [key('b'), 1],
          ]),
          [],
          turns,
          { a: { share: 0.1 } },
        ).key?.id,
    )
    expect(ids.filter((id) => id === 'a').length).toBe(10)
  })

  it('lets standby keys have their percentage of the calls, as long as there are active ones', () => {
    const at = target(
      [
        [key('standby', { status: 'standby' }), 1],
        [key('active'), 1],
      ],
      { standbyPercent: 20 },
    )
    const ids = Array.from(
      { length: 100 },
      (_, n) => pick(at, [], new Map(), {}, { random: () => n / 100 }).key?.id,
    )
    expect(ids.filter((id) => id === 'standby')).toHaveLength(20)
    expect(pick(at, ['standby'], new Map(), {}, { random: () => 0 }).key?.id).toBe('active')
  })

  it('takes the next tier only when the better one has no usable key', () => {
    const tiers = target(
      [
        [key('first', { tier: 1 }), 1],
        [key('also first', { tier: 1 }), 1],
        [key('second', { tier: 2 }), 9],
      ],
      { strategy: 'priority' },
    )
    expect(pick(tiers).candidates).toEqual(['first', 'also first'])
    expect(pick(tiers, ['first'], new Map(), { 'also first': known }).key?.id).toBe('second')
  })

  it('passes over a key that is over its own limit, and keeps why and until when', () => {
    const refused = new Map([['a', { key_id: 'a', why: 'over its rpm', retry_at: 9000 }]])
    const at = target([
      [key('a'), 1],
      [key('b'), 1],
    ])
    const { key: chosen, skipped } = pick(at, [], new Map(), {}, { refused })
    expect(chosen?.id).toBe('b')
    expect(skipped).toEqual([{ key_id: 'a', why: 'over its rpm', retry_at: 9000 }])
  })
})
