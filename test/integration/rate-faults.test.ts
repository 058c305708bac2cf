/** What a call notices when Redis dies, hangs, is slow or is the wrong one: nothing but its process's own share. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { EnvError, parseEnv } from '@/lib/env'
import type { LimitRule } from '@/lib/limits/rate'
import { createRateLimits, type RateLimits } from '@/lib/limits/rate-limits'
import { log } from '@/lib/log'
import { freePort } from '@/lib/server/free-port'
import {
  hasRedis,
  type RedisServer,
  startDelay,
  startRedis,
  startUpstash,
  upstashToken,
} from '@/test/support/redis'

const noise = 50
const lease = 600_000
const peers = () => ({ count: 2, rank: 0 })
const app = (limits: Partial<LimitRule['limits']>): LimitRule => ({
  scope: 'app',
  id: 'one',
  limits: { rpm: null, tpm: null, concurrency: null, ...limits },
})
const ends: (() => unknown)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const end of ends.splice(0).reverse()) await end()
})

async function redisServer(settings: string[] = [], port?: number): Promise<RedisServer> {
  const server = await startRedis(settings, port)
  ends.push(() => server.stop())
  return server
}

async function limitsOn(variables: Record<string, string>): Promise<RateLimits> {
  const limits = createRateLimits(parseEnv(variables), peers)
  ends.push(() => limits.stop())
  await limits.start()
  return limits
}

/** Takes a request every 5 ms until `until` says so; the longest any of them took. */
async function longestTake(limits: RateLimits, until: () => boolean): Promise<number> {
  const running: Promise<number>[] = []
  for (const start = performance.now(); !until() && performance.now() - start < 20_000; await sleep(5)) {
    const sentAt = performance.now()
    const taken = Promise.resolve(limits.take([app({ rpm: 1e6, tpm: 1e9, concurrency: 1e6 })], 10, lease))
    running.push(taken.then(() => performance.now() - sentAt))
  }
  expect(until()).toBe(true)
  return Math.max(...(await Promise.all(running)))
}

const isBack = (limits: RateLimits) => () => limits.state.degradedSince === null
const isAway = (limits: RateLimits) => () => limits.state.degradedSince !== null

describe.skipIf(!hasRedis)('rate limits when Redis fails', () => {
  it('no call waits longer than 100 ms for a Redis that dies, and it is used again once it is back', async () => {
    const warn = vi.spyOn(log, 'warn')
    const info = vi.spyOn(log, 'info')
    const redis = await redisServer()
    const limits = await limitsOn({ REDIS_URL: redis.url })
    const away = longestTake(limits, isAway(limits))
    await redis.signal('SIGKILL')
    expect(await away).toBeLessThan(100 + noise)
    expect(limits.state).toMatchObject({ store: 'redis', error: expect.stringMatching(/.+/) })
    expect(limits.take([app({ rpm: 1e6 })], 0, lease)).not.toBeInstanceOf(Promise)
    await redisServer([], redis.port)
    expect(await longestTake(limits, isBack(limits))).toBeLessThan(100 + noise)
    expect(warn).toHaveBeenCalledTimes(1)
    expect(info).toHaveBeenCalledTimes(1)
  })

  it('no call waits longer than 100 ms for a Redis that hangs, and it is used again once it goes on', async () => {
    const redis = await redisServer()
    const limits = await limitsOn({ REDIS_URL: redis.url })
    await redis.signal('SIGSTOP')
    const waiting = await longestTake(limits, isAway(limits))
    expect(waiting).toBeGreaterThan(90)
    expect(waiting).toBeLessThan(100 + noise)
    expect(limits.state.error).toBe('no answer within 100 ms')
    await sleep(1000)
    await redis.signal('SIGCONT')
    expect(await longestTake(limits, isBack(limits))).toBeLessThan(100 + noise)
  })

  it('no call waits longer than 100 ms for a Redis that is 500 ms slow', async () => {
    const redis = await redisServer()
    const delay = await startDelay(redis.port)
    ends.push(() => delay.stop())
    const limits = await limitsOn({ REDIS_URL: delay.url })
    delay.ms = 500
    expect(await longestTake(limits, isAway(limits))).toBeLessThan(100 + noise)
    await sleep(1500)
    expect(limits.state.degradedSince).not.toBeNull()
    delay.ms = 0
    expect(await longestTake(limits, isBack(limits))).toBeLessThan(100 + noise)
  })

  it('no call waits longer than 100 ms for an Upstash that is gone, and it is used again', async () => {
    const redis = await redisServer()
    const upstash = await startUpstash(redis.url)
    ends.push(() => upstash.stop())
    const limits = await limitsOn({
      UPSTASH_REDIS_REST_URL: upstash.url,
      UPSTASH_REDIS_REST_TOKEN: upstashToken,
    })
    expect(limits.state).toEqual({ store: 'upstash', degradedSince: null, error: null })
    await redis.signal('SIGSTOP')
    expect(await longestTake(limits, isAway(limits))).toBeLessThan(100 + noise)
    await redis.signal('SIGCONT')
    expect(await longestTake(limits, isBack(limits))).toBeLessThan(100 + noise)
  })

  it('one call waits no longer than its patience over all it takes', async () => {
    const redis = await redisServer()
    const delay = await startDelay(redis.port)
    ends.push(() => delay.stop())
    const limits = await limitsOn({ REDIS_URL: delay.url })
    delay.ms = 40
    const patience = { ms: 100 }
    const start = performance.now()
    for (let take = 0; take < 5; take++) await limits.take([app({ rpm: 100 })], 0, lease, patience)
    expect(performance.now() - start).toBeLessThan(100 + noise)
  })

  it('what was taken and given back while Redis hung is free again in Redis', async () => {
    const redis = await redisServer()
    const limits = await limitsOn({ REDIS_URL: redis.url })
    const rule = app({ rpm: 10, concurrency: 4 })
    const before = await limits.take([rule], 0, lease)
    await redis.signal('SIGSTOP')
    const during = await Promise.all([limits.take([rule], 0, lease), limits.take([rule], 0, lease)])
    for (const taken of [before, ...during]) if (taken.ok) limits.settle(taken.ticket, 0)
    expect([before, ...during].filter(({ ok }) => ok).length).toBeGreaterThan(1)
    await redis.signal('SIGCONT')
    await vi.waitFor(() => expect(limits.state.degradedSince).toBeNull(), 10_000)
    const reader = new Redis(redis.url)
    ends.push(() => reader.disconnect())
    await vi.waitFor(async () => {
      expect(await reader.zcard('{akcp}:concurrency:app:one')).toBe(0)
      expect(await reader.zcard('{akcp}:rpm:app:one')).toBe(1)
    })
  })

  it('starts without a Redis that is away, and uses it once it is there', async () => {
    const port = await freePort()
    const limits = await limitsOn({ REDIS_URL: `redis://127.0.0.1:${port}` })
    expect(limits.state.error).toContain('ECONNREFUSED')
    expect(limits.take([app({ rpm: 3 })], 0, lease)).toMatchObject({ ok: true })
    expect(limits.take([app({ rpm: 3 })], 0, lease)).toMatchObject({ ok: true })
    expect(limits.take([app({ rpm: 3 })], 0, lease)).toMatchObject({ ok: false, refusal: { limit: 3 } })
    await redisServer([], port)
    await vi.waitFor(() => expect(limits.state.degradedSince).toBeNull(), 10_000)
    // Redis is empty, but this process has had its share of this minute.
    expect(limits.take([app({ rpm: 3 })], 0, lease)).toMatchObject({ ok: false })
  })

  it('goes on when Redis has forgotten the scripts', async () => {
    const redis = await redisServer()
    const limits = await limitsOn({ REDIS_URL: redis.url })
    const other = new Redis(redis.url)
    ends.push(() => other.disconnect())
    expect((await limits.take([app({ rpm: 2 })], 0, lease)).ok).toBe(true)
    await other.script('FLUSH')
    expect((await limits.take([app({ rpm: 2 })], 0, lease)).ok).toBe(true)
    expect((await limits.take([app({ rpm: 2 })], 0, lease)).ok).toBe(false)
    expect(limits.state.error).toBeNull()
  })

  it('refuses to start with a wrong password, without showing it', async () => {
    const redis = await redisServer(['--requirepass', 'right'])
    const start = limitsOn({ REDIS_URL: `redis://:wrong-secret@127.0.0.1:${redis.port}` })
    const error = await start.catch((error) => error)
    expect(error).toBeInstanceOf(EnvError)
    expect(error.message).toContain('REDIS_URL')
    expect(error.message).not.toContain('wrong-secret')
    const limits = await limitsOn({ REDIS_URL: `redis://:right@127.0.0.1:${redis.port}` })
    expect((await limits.take([app({ rpm: 1 })], 0, lease)).ok).toBe(true)
  })

  it('refuses to start with a node of a cluster that has not got the limits', async () => {
    const [one, two] = await Promise.all([clusterNode(), clusterNode()])
    await two.client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
    await one.client.call('CLUSTER', 'MEET', '127.0.0.1', String(two.port), String(two.busPort))
    await vi.waitFor(
      async () => expect(await one.client.call('CLUSTER', 'INFO')).toContain('cluster_state:ok'),
      20_000,
    )
    await expect(limitsOn({ REDIS_URL: one.url })).rejects.toThrow(
      /REDIS_URL names a node of a Redis Cluster/,
    )
    const limits = await limitsOn({ REDIS_URL: two.url })
    expect((await limits.take([app({ rpm: 1, tpm: 5, concurrency: 1 })], 1, lease)).ok).toBe(true)
  })
})

async function clusterNode() {
  const busPort = await freePort()
  const settings = ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)]
  const server = await redisServer([...settings, '--cluster-config-file', `nodes-${busPort}.conf`])
  const client = new Redis(server.url)
  ends.push(() => client.disconnect())
  return { ...server, busPort, client }
}
