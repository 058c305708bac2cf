/** The rules of rate limits, the same for every place that counts: this process, Redis, and Redis behind Upstash's HTTP. */
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LimitRule } from '@/lib/limits/rate'
import { RateLimits, type Taken } from '@/lib/limits/rate-limits'
import type { Ticket } from '@/lib/limits/rate-memory'
import { redisStore } from '@/lib/limits/rate-redis'
import type { RateStore } from '@/lib/limits/rate-script'
import { upstashStore } from '@/lib/limits/rate-upstash'
import { RedisLink } from '@/lib/limits/redis-link'
import {
  hasRedis,
  passTime,
  type RedisServer,
  startRedis,
  startUpstash,
  upstashToken,
} from '@/test/support/redis'

type Place = {
  limits: RateLimits
  pass(ms: number): Promise<void>
  /** Until what was settled and refunded has arrived. */
  arrived(): Promise<void>
  stop(): Promise<void>
}

const lease = 600_000
const alone = () => ({ count: 1, rank: 0 })

function memory(): Promise<Place> {
  let now = 0
  const limits = new RateLimits({ link: null, peers: alone, now: () => now })
  return Promise.resolve({
    limits,
    async pass(ms) {
      now += ms
    },
    async arrived() {},
    stop: () => limits.stop(),
  })
}

async function inRedis(store: RateStore, server: RedisServer): Promise<Place> {
  let passed = 0
  const running = new Set<Promise<unknown>>()
  const watched: RateStore = {
    ...store,
    run(script, call) {
      const run = store.run(script, call)
      running.add(run)
      return run.finally(() => running.delete(run))
    },
  }
  const redis = new Redis(server.url)
  const limits = new RateLimits({
    // The rules are the subject, not the speed of a busy machine.
    link: new RedisLink(watched, 10_000),
    peers: () => ({ count: 50, rank: 49 }),
    now: () => performance.now() + passed,
  })
  await limits.start()
  return {
    limits,
    async pass(ms) {
      passed += ms
      await passTime(redis, ms)
    },
    async arrived() {
      await Promise.all(running)
    },
    async stop() {
      expect(limits.state.error).toBeNull()
      await limits.stop()
      redis.disconnect()
    },
  }
}

let server: RedisServer
let upstash: Awaited<ReturnType<typeof startUpstash>>
beforeAll(async () => {
  if (!hasRedis) return
  server = await startRedis()
  upstash = await startUpstash(server.url)
})
afterAll(async () => {
  await upstash?.stop()
  await server?.stop()
})

const places: [string, boolean, () => Promise<Place>][] = [
  ['memory', true, memory],
  ['redis', hasRedis, () => inRedis(redisStore(server.url), server)],
  ['upstash', hasRedis, () => inRedis(upstashStore(upstash.url, upstashToken), server)],
]

let rules = 0
/** A rule that nobody has used. */
function rule(limits: Partial<LimitRule['limits']>, scope: LimitRule['scope'] = 'app'): LimitRule {
  return { scope, id: `rule-${rules++}`, limits: { rpm: null, tpm: null, concurrency: null, ...limits } }
}

function ticketOf(taken: Taken): Ticket {
  if (!taken.ok) throw new Error(`refused by ${taken.refusal.kind}`)
  return taken.ticket
}

describe.each(places)('rate limits counted in %s', (_name, available, make) => {
  let place: Place
  beforeAll(async () => {
    if (available) place = await make()
  })
  afterAll(() => place?.stop())
  const guarantee = it.skipIf(!available)
  const take = async (rules: LimitRule[], tokens = 0, leaseMs = lease) =>
    await place.limits.take(rules, tokens, leaseMs, { ms: 10_000 })
  const settle = async (taken: Taken, tokens: number) => {
    place.limits.settle(ticketOf(taken), tokens)
    await place.arrived()
  }
  const refund = async (taken: Taken) => {
    place.limits.refund(ticketOf(taken))
    await place.arrived()
  }
  const admitted = async (count: number, rules: LimitRule[], tokens = 0) => {
    let admitted = 0
    for (let call = 0; call < count; call++) if ((await take(rules, tokens)).ok) admitted++
    return admitted
  }

  guarantee('lets in no more requests than the limit, also when they come at once', async () => {
    const app = rule({ rpm: 20 })
    const taken = await Promise.all(Array.from({ length: 50 }, () => take([app])))
    expect(taken.filter(({ ok }) => ok)).toHaveLength(20)
  })

  guarantee('counts a request for a minute, not for a clock minute', async () => {
    const app = rule({ rpm: 3 })
    await take([app])
    await place.pass(40_000)
    expect(await admitted(5, [app])).toBe(2)
    await place.pass(19_000)
    expect(await take([app])).toMatchObject({ ok: false, refusal: { kind: 'rpm', limit: 3, scope: 'app' } })
    await place.pass(1500)
    expect(await admitted(5, [app])).toBe(1)
  })

  guarantee('says when the next request fits', async () => {
    const app = rule({ rpm: 2 })
    await take([app])
    await place.pass(10_000)
    await take([app])
    const refused = await take([app])
    const resetMs = refused.ok ? 0 : refused.refusal.resetMs
    expect(resetMs).toBeGreaterThan(49_000)
    expect(resetMs).toBeLessThanOrEqual(50_001)
    await place.pass(resetMs)
    expect((await take([app])).ok).toBe(true)
  })

  guarantee('lets a refused call consume nothing anywhere', async () => {
    const app = rule({ rpm: 5, tpm: 1000, concurrency: 5 })
    const pool = rule({ rpm: 1 }, 'pool')
    expect((await take([app, pool], 100)).ok).toBe(true)
    for (let call = 0; call < 10; call++) {
      expect(await take([app, pool], 100)).toMatchObject({
        ok: false,
        refusal: { scope: 'pool', id: pool.id },
      })
    }
    expect((await take([app], 900)).ok).toBe(true)
    expect(await admitted(10, [app])).toBe(3)
  })

  guarantee('keeps what was counted when a limit is raised or lowered', async () => {
    const app = rule({ rpm: 4, tpm: 1000 })
    expect(await admitted(4, [app], 200)).toBe(4)
    const raised = { ...app, limits: { ...app.limits, rpm: 6, tpm: 1200 } }
    expect(await admitted(10, [raised], 200)).toBe(2)
    const lowered = { ...app, limits: { ...app.limits, rpm: 2, tpm: null } }
    expect(await admitted(10, [lowered])).toBe(0)
    expect(await admitted(10, [{ ...raised, limits: { ...raised.limits, rpm: 8, tpm: null } }])).toBe(2)
  })

  guarantee('refunds exactly this call', async () => {
    const app = rule({ rpm: 2, tpm: 100, concurrency: 2 })
    const first = await take([app], 50)
    await place.pass(30_000)
    await take([app], 50)
    await refund(first)
    await refund(first)
    expect(await admitted(5, [app], 20)).toBe(1)
    await place.pass(31_000)
    expect(await take([{ ...app, limits: { rpm: 2, tpm: null, concurrency: null } }])).toMatchObject({
      ok: false,
      refusal: { kind: 'rpm' },
    })
  })

  guarantee('takes the estimate of the tokens and corrects it both ways', async () => {
    const app = rule({ tpm: 1000 })
    const cheap = await take([app], 800)
    expect((await take([app], 300)).ok).toBe(false)
    await settle(cheap, 100)
    const dear = await take([app], 300)
    expect(dear).toMatchObject({ ok: true, left: { limitTokens: 1000, remainingTokens: 600 } })
    await settle(dear, 1900)
    const refused = await take([app], 1)
    expect(refused).toMatchObject({ ok: false, refusal: { kind: 'tpm', limit: 1000 } })
    // 1001 tokens too many, 1000 a minute flow back.
    expect(refused.ok ? 0 : refused.refusal.resetMs).toBeGreaterThan(59_000)
    await place.pass(30_000)
    expect((await take([app], 1)).ok).toBe(false)
    await place.pass(31_000)
    expect((await take([app], 1)).ok).toBe(true)
  })

  guarantee('never lifts a bucket above its capacity by a refund', async () => {
    const app = rule({ tpm: 600 })
    const taken = await take([app], 600)
    await place.pass(50_000)
    await settle(taken, 0)
    expect((await take([app], 600)).ok).toBe(true)
    expect((await take([app], 50)).ok).toBe(false)
  })

  guarantee('lets in an estimate larger than the bucket when the bucket is full', async () => {
    const app = rule({ tpm: 100 })
    const one = await take([app], 1)
    expect((await take([app], 500)).ok).toBe(false)
    await settle(one, 0)
    expect((await take([app], 500)).ok).toBe(true)
    await place.pass(230_000)
    expect((await take([app], 1)).ok).toBe(false)
    await place.pass(15_000)
    expect((await take([app], 1)).ok).toBe(true)
  })

  guarantee('counts running calls until they are given back or their lease ends', async () => {
    const app = rule({ concurrency: 2 })
    const first = await take([app])
    await take([app], 0, 20_000)
    expect(await take([app])).toMatchObject({ ok: false, refusal: { kind: 'concurrency', resetMs: 1000 } })
    await settle(first, 0)
    expect(await admitted(3, [app])).toBe(1)
    await place.pass(21_000)
    expect(await admitted(3, [app])).toBe(1)
  })

  guarantee('says what the tightest rules have left', async () => {
    const wide = rule({ rpm: 100, tpm: 600 }, 'global')
    const narrow = rule({ rpm: 10, tpm: 6000 })
    await take([wide, narrow], 100)
    await place.pass(5000)
    expect(await take([wide, narrow], 200)).toMatchObject({
      ok: true,
      left: {
        limitRequests: 10,
        remainingRequests: 8,
        resetRequestsMs: expect.closeTo(55_000, -3),
        limitTokens: 600,
        remainingTokens: 350,
        resetTokensMs: expect.closeTo(25_000, -3),
      },
    })
    expect(await take([rule({ concurrency: 3 })])).toMatchObject({
      ok: true,
      left: { limitRequests: null, limitTokens: null },
    })
  })

  guarantee('takes 0 for nothing at all', async () => {
    expect(await take([rule({ rpm: 0 })])).toMatchObject({ ok: false, refusal: { kind: 'rpm', limit: 0 } })
    expect(await take([rule({ tpm: 0 })], 5)).toMatchObject({ ok: false, refusal: { kind: 'tpm' } })
    expect(await take([rule({ concurrency: 0 })])).toMatchObject({ ok: false })
  })

  guarantee('lets everything in where there is no rule', async () => {
    const taken = await take([], 1e9)
    expect(taken).toMatchObject({ ok: true, left: { limitRequests: null, remainingTokens: null } })
    await settle(taken, 5)
  })

  guarantee('agrees with the plain model', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const model = new Model(rule({}).id)
        for (const one of steps) await model.play(one, place)
      }),
      { numRuns: available && place.limits.state.store === 'memory' ? 2000 : 60 },
    )
  })
})

/** Steps of 7 s and 10 tokens a second: nothing ever falls on the edge of a minute or of a token. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      which: fc.integer({ min: 1, max: 3 }),
      tokens: fc.integer({ min: 0, max: 900 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('settle' as const, 'refund' as const),
      pick: fc.nat(),
      tokens: fc.integer({ min: 0, max: 1200 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('pass' as const), steps: fc.integer({ min: 1, max: 4 }) }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never
type Entry = { which: number; at: number; tokens: number; running: boolean; ticket: Ticket; counts: boolean }

/** Two rules as written down in the documents, by going through everything that ever happened. */
class Model {
  private now = 0
  private entries: Entry[] = []
  private readonly used = [0, 0]
  private readonly limits = [
    { rpm: 4, tpm: 600, concurrency: 3 },
    { rpm: 7, tpm: 1200, concurrency: 2 },
  ]

  constructor(private readonly id: string) {}

  async play(step: Step, place: Place): Promise<void> {
    if (step.do === 'pass') {
      this.now += step.steps * 7000
      this.used.forEach((used, rule) => {
        const flown = (step.steps * 7 * (this.limits[rule]?.tpm ?? 0)) / 60
        this.used[rule] = Math.max(0, used - flown)
      })
      await place.pass(step.steps * 7000)
    } else if (step.do === 'take') await this.take(step.which, step.tokens, place)
    else await this.giveBack(step.do, step.pick, step.tokens, place)
  }

  private async take(which: number, tokens: number, place: Place) {
    const mine = this.limits.flatMap((limits, rule) => (which & (1 << rule) ? [{ limits, rule }] : []))
    const fits = mine.every(({ limits, rule }) => {
      const own = this.entries.filter((entry) => entry.which & (1 << rule))
      const recent = own.filter(({ at, counts }) => counts && this.now - at <= 60_000).length
      const running = own.filter((entry) => entry.running && this.now < entry.at + 20_000).length
      const used = this.used[rule] ?? 0
      const enough = used === 0 || used + tokens <= limits.tpm
      return (
        recent < limits.rpm &&
        running < limits.concurrency &&
        (enough || (tokens === 0 && used <= limits.tpm))
      )
    })
    const rules = mine.map(({ limits, rule }) => ({
      scope: 'app' as const,
      id: `${this.id}-${rule}`,
      limits,
    }))
    const taken = await place.limits.take(rules, tokens, 20_000, { ms: 10_000 })
    expect(taken.ok).toBe(fits)
    if (!taken.ok) return
    for (const { rule } of mine) this.used[rule] = (this.used[rule] ?? 0) + tokens
    this.entries.push({ which, at: this.now, tokens, running: true, counts: true, ticket: taken.ticket })
  }

  private async giveBack(how: 'settle' | 'refund', pick: number, tokens: number, place: Place) {
    const open = this.entries.filter(({ ticket }) => ticket.open)
    const entry = open[pick % Math.max(1, open.length)]
    if (!entry) return
    const change = (how === 'settle' ? tokens : 0) - entry.tokens
    this.used.forEach((used, rule) => {
      if (entry.which & (1 << rule)) this.used[rule] = Math.max(0, used + change)
    })
    entry.running = false
    if (how === 'refund') entry.counts = false
    if (how === 'settle') place.limits.settle(entry.ticket, tokens)
    else place.limits.refund(entry.ticket)
    await place.arrived()
  }
}
