import { describe, expect, it } from 'vitest'
import { draftOfRoute, routeBody } from '@/app/(portal)/pools/models/route-draft'
import {
  draftOfPool,
  type EditedPool,
  moved,
  poolBody,
  poolChanges,
  slugFrom,
} from '@/app/(portal)/pools/pool-draft'
import { withShares } from '@/app/(portal)/pools/pool-members'
import {
  draftOfProvider,
  headersOf,
  providerBody,
  providerChanges,
} from '@/app/(portal)/pools/providers/provider-draft'
import { modelRouteInput } from '@/lib/schemas/models'
import { poolInput } from '@/lib/schemas/pools'
import { providerInput } from '@/lib/schemas/providers'

const member = (
  status: 'active' | 'standby' | 'disabled',
  weight: number,
  trouble: 'down' | 'secret_missing' | null = null,
) => ({ keyId: '', name: '', provider: '', status, weight, tier: 1, trouble })
const plain = { strategy: 'round_robin', standbyPercent: 0 } as const

describe('shares of a pool’s calls', () => {
  it.each([
    [
      [member('active', 3), member('active', 1), member('standby', 5)],
      [0.75, 0.25, null],
    ],
    [
      [member('active', 3, 'secret_missing'), member('active', 2)],
      [null, 1],
    ],
    [
      [member('disabled', 3), member('standby', 1), member('standby', 1)],
      [null, 0.5, 0.5],
    ],
    [
      [member('active', 1, 'down'), member('standby', 4)],
      [null, 1],
    ],
    [[member('disabled', 1)], [null]],
    [[], []],
  ])('%#: active keys by weight, standby keys only without them', (members, shares) => {
    expect(withShares(members, plain).map(({ share }) => share)).toEqual(shares)
  })

  it('standby keys get their percentage beside active ones', () => {
    const members = [member('active', 1), member('standby', 3), member('standby', 1)]
    const shares = withShares(members, { strategy: 'weighted', standbyPercent: 20 }).map(({ share }) => share)
    expect(shares.map((share) => Number(share).toFixed(2))).toEqual(['0.80', '0.15', '0.05'])
  })

  it('by priority only the best usable tier serves', () => {
    const tiers = [
      { ...member('active', 1, 'down'), tier: 1 },
      { ...member('active', 1), tier: 2 },
      { ...member('active', 3), tier: 2 },
      { ...member('active', 1), tier: 3 },
    ]
    const shares = withShares(tiers, { ...plain, strategy: 'priority' }).map(({ share }) => share)
    expect(shares).toEqual([null, 0.25, 0.75, null])
  })

  it.each(['least_latency', 'lowest_cost'] as const)(
    'by %s they vary, unless one key serves alone',
    (strategy) => {
      const shares = (count: number) =>
        withShares(Array(count).fill(member('active', 1)), { ...plain, strategy }).map(({ share }) => share)
      expect([shares(2), shares(1)]).toEqual([['varies', 'varies'], [1]])
    },
  )
})

describe('the form of a pool', () => {
  const id = '01a1fb6a-5d33-70c4-810d-88d0bcc6b0cb'
  const pool: EditedPool = {
    slug: 'chat',
    name: 'Chat',
    environment: 'production',
    strategy: 'priority',
    stickiness: 'conversation',
    fallbackPoolId: id,
    set: [{ key_id: id, weight: null, tier: 2 }],
    standbyPercent: 5,
    waitSeconds: 3,
    allowedModels: [],
    tenantScope: [],
    modelPriority: ['big', 'small'],
    limits: { rpm: 60, tpm: null, concurrency: null },
    budgets: [{ period: 'day', limit_usd: 1.5, hard: true, ladder: [] }],
  }

  it('sends what the admin API takes; an empty weight is the key’s own, and the tier stays', () => {
    const { budgets, ...rest } = poolInput.parse(poolBody(draftOfPool(pool)))
    expect(rest).toMatchObject({
      keys: [{ key_id: id, weight: null, tier: 2 }],
      strategy: 'priority',
      stickiness: 'conversation',
      fallback_pool_id: id,
      standby_percent: 5,
      wait_seconds: 3,
      model_priority: ['big', 'small'],
      limits: { rpm: 60, tpm: null, concurrency: null },
    })
    expect(budgets).toEqual([{ period: 'day', limit_usd: 1_500_000_000n, hard: true, ladder: [] }])
  })

  it('sends only what differs', () => {
    const draft = draftOfPool(pool)
    expect(poolChanges(draft, pool)).toEqual({})
    const [key] = draft.keys
    const heavier = { ...draft, keys: key ? [{ ...key, weightText: '4' }] : [] }
    expect(poolChanges(heavier, pool)).toEqual({ keys: [{ key_id: id, weight: 4, tier: 2 }] })
  })

  it('moves a key up and down', () => {
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
  })

  it.each([
    ['Chat, best quality', 'chat-best-quality'],
    ['  --A  ', 'a'],
    ['聊天', ''],
  ])('makes of the name %s the slug %s', (name, slug) => {
    expect(slugFrom(name)).toBe(slug)
  })
})

describe('the form of a model route', () => {
  it('sends what the admin API takes; an empty model is the route’s own name', () => {
    const targets = [{ key: 0, pool: 'a', model: ' ', timeoutText: '2.5' }]
    const draft = { name: 'chat', targets, downgradeTo: ' mini ' }
    const body = routeBody(draft)
    expect(modelRouteInput.parse(body)).toEqual({
      name: 'chat',
      targets: [{ pool: 'a', model: 'chat', first_byte_timeout_ms: 2500 }],
      downgrade_to: 'mini',
    })
    const { downgrade_to: downgradeTo, ...rest } = body
    expect(routeBody(draftOfRoute({ id: 'x', ...rest, downgradeTo }, 'a'))).toEqual(body)
  })
})

describe('the form of a provider', () => {
  const provider = {
    id: 'x',
    slug: 'mine',
    name: 'Mine',
    baseUrl: 'https://x.example/v1',
    enabled: true,
    priority: 100,
    modelPatterns: ['m-*'],
    firstByteTimeoutMs: 1500,
    idleTimeoutMs: 60_000,
    totalTimeoutMs: 600_000,
    maxRetries: 2,
    headers: { 'X-Title': 'AKCP: test' },
    priceProvider: null,
    keys: 1,
    sealedKeys: 1,
  }

  it('gives back what it was filled with, and the admin API takes it', () => {
    const body = providerBody(draftOfProvider(provider))
    expect(body).toMatchObject({ first_byte_timeout_ms: 1500, headers: { 'X-Title': 'AKCP: test' } })
    expect(providerInput.safeParse(body).success).toBe(true)
    expect(providerChanges(draftOfProvider(provider), provider)).toEqual({})
    expect(providerChanges({ ...draftOfProvider(provider), baseUrl: 'https://y.example' }, provider)).toEqual(
      { base_url: 'https://y.example' },
    )
  })

  it('reads a header a line', () => {
    expect(headersOf(' A: b: c \n\nD:\nE')).toEqual({ A: 'b: c', D: '', E: '' })
  })
})
