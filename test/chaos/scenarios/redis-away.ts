/** Row 6: Redis is shut down, answers nobody, or is slow, under two gateways. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { Pool } from 'undici'
import { expect } from 'vitest'
import { type Figures, percentile, round } from '../../support/chaos-report'
import { gauge, ledgerFaults, noFaults, untilFolded } from '../../support/crashing-gateway'
import { type Delay, type RedisServer, startDelay, startRedis } from '../../support/redis'
import { startSystem } from '../../support/system'
import { onStage, type Stage } from './stage'

const limit = 120
const callsOfBudget = 50
/** The fault's own deadline, and what a busy machine adds. */
const firstCallMs = 100 + 50
/** How long after its begin a fault counts as new. */
const firstMs = 1000

type Call = { status: number; sentAt: number; ms: number }
type Fault = { name: string; begin(): Promise<unknown>; end(): Promise<unknown> }

export async function redisAway({ faultMs }: { faultMs: number }): Promise<Figures> {
  let redis = await startRedis()
  const delay = await startDelay(redis.port)
  const restart = async () => {
    redis = await startRedis([], redis.port)
  }
  try {
    return await onStage({ variables: { REDIS_URL: delay.url } }, async (stage) => {
      const second = await startSystem({ ...stage.gateway.settings, DATA_DIR: undefined, PORT: undefined })
      try {
        return await playFaults(
          stage,
          [stage.gateway.address, second.address],
          faultsOf(redis, delay, restart, faultMs),
        )
      } finally {
        await second.stop()
        await second.clean()
      }
    })
  } finally {
    delay.stop()
    await redis.stop()
  }
}

function faultsOf(redis: RedisServer, delay: Delay, restart: () => Promise<void>, ms: number): Fault[] {
  const command = async (run: (client: Redis) => Promise<unknown>) => {
    const client = new Redis(redis.url, { maxRetriesPerRequest: 0, retryStrategy: () => null })
    client.on('error', () => {})
    await run(client).catch(() => {})
    client.disconnect()
  }
  return [
    { name: 'shut down', begin: () => command((client) => client.shutdown('NOSAVE')), end: restart },
    {
      name: 'paused',
      begin: () => command((client) => client.call('CLIENT', 'PAUSE', ms, 'ALL')),
      end: async () => {},
    },
    {
      name: '500 ms slow',
      begin: async () => {
        delay.ms = 500
      },
      end: async () => {
        delay.ms = 0
      },
    },
  ].map((fault) => ({ ...fault, end: async () => sleep(ms).then(fault.end) }))
}

async function playFaults(stage: Stage, addresses: string[], faults: Fault[]): Promise<Figures> {
  const { gateway, upstream } = stage
  const apps = await makeApps(stage, faults.length)
  const pools = addresses.map((address) => new Pool(address, { connections: 100 }))
  const limited: Call[] = []
  let over = false
  const hammering = Promise.all(pools.map((pool) => repeat(pool, apps.limited, 100, () => over, limited)))
  const before: Call[] = []
  const end = performance.now() + 2000
  const isOver = () => performance.now() > end
  await Promise.all(pools.map((pool) => repeat(pool, apps.wide, 10, isOver, before)))
  const times = before.map(({ ms }) => ms)
  /** `slowest` is what the machine adds without any fault. */
  const usual = { p50: percentile(times, 0.5), slowest: Math.max(...times) }

  let figures: Figures = { 'usual p50, ms': usual.p50 }
  for (const [n, fault] of faults.entries()) {
    figures = { ...figures, ...(await playFault(fault, pools, apps.wide, apps.exact[n] ?? '', usual)) }
    await untilRestored(addresses)
  }
  over = true
  await hammering
  await Promise.all(pools.map((pool) => pool.destroy()))

  const admitted = mostInAMinute(limited.filter(({ status }) => status === 200))
  expect(admitted).toBeGreaterThan(limit / 2)
  expect(admitted).toBeLessThanOrEqual(limit * addresses.length)
  for (const address of addresses) await untilFolded(address)
  await sleep(500)
  const { faults: found } = await ledgerFaults(gateway, upstream)
  // Both processes hold leases here, and that check knows of one.
  expect({ ...found, budgets: [] }).toEqual(noFaults)
  return { ...figures, rpm: limit, processes: addresses.length, admittedInAMinute: admitted, lost: 0 }
}

/** What callers of a limited app notice of it, and whether a budget is spent exactly while it lasts. */
async function playFault(
  { name, begin, end }: Fault,
  pools: Pool[],
  wide: string,
  exact: string,
  usual: { p50: number; slowest: number },
): Promise<Figures> {
  const during: Call[] = []
  let over = false
  const watching = Promise.all(pools.map((pool) => repeat(pool, wide, 10, () => over, during)))
  await sleep(300)
  const beganAt = performance.now()
  await begin()
  const ending = end()
  await sleep(firstMs)
  const buyingAt = performance.now()
  const buying = pools.flatMap((pool) =>
    Array.from({ length: callsOfBudget }, () => ask(pool, exact, 'exact')),
  )
  const bought = (await Promise.all(buying)).filter(({ status }) => status === 200).length
  const boughtAt = performance.now() + 200
  await ending
  over = true
  await watching
  const within = (from: number, to: number) =>
    during.filter(({ sentAt }) => sentAt >= from && sentAt < to).map(({ ms }) => ms)
  const first = within(beganAt, buyingAt - 50)
  const later = within(boughtAt, Number.POSITIVE_INFINITY)
  const mostAdded = Math.max(...first) - usual.p50
  const added = percentile(later, 0.5) - usual.p50
  expect([name, bought]).toEqual([name, callsOfBudget])
  expect(new Set(during.map(({ status }) => status))).toEqual(new Set([200]))
  expect(mostAdded).toBeLessThan(firstCallMs + usual.slowest)
  expect(added).toBeLessThan(Math.max(1, usual.p50 / 2))
  return {
    [`${name}: most added at first, ms`]: round(mostAdded),
    [`${name}: p50 added later, ms`]: round(added),
    [`${name}: p99 later, ms`]: percentile(later, 0.99),
    [`${name}: bought of ${callsOfBudget}`]: bought,
  }
}

/** One with a limit, one whose limit is never reached, and one a fault whose budget is for so many calls exactly. */
async function makeApps({ gateway }: Stage, count: number) {
  const { add, provider } = gateway
  await add.price(provider, 'exact', 0, 1000)
  const app = async (name: string, rpm: number | null, calls: number | null) => {
    const row = await add.app(name, {
      tenant: name,
      project: name,
      limits: { rpm, tpm: null, concurrency: null },
    })
    if (calls !== null) await add.budget('app', row.id, calls / 1000, { hard: true })
    return (await add.appKey(row)).rawKey
  }
  const exact: string[] = []
  for (let n = 0; n < count; n++) exact.push(await app(`exact-${n}`, null, callsOfBudget))
  const made = { limited: await app('limited', limit, null), wide: await app('wide', 1_000_000, null), exact }
  await sleep(1500)
  return made
}

async function repeat(pool: Pool, rawKey: string, everyMs: number, isOver: () => boolean, into: Call[]) {
  while (!isOver()) {
    into.push(await ask(pool, rawKey, 'gpt-4o'))
    await sleep(everyMs)
  }
}

async function ask(pool: Pool, rawKey: string, model: string): Promise<Call> {
  const sentAt = performance.now()
  const answer = await pool
    .request({
      path: '/api/v1/chat/completions',
      method: 'POST',
      headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, max_tokens: 1, messages: [{ role: 'user', content: 'hello' }] }),
    })
    .catch(() => null)
  await answer?.body.dump()
  return { status: answer?.statusCode ?? 0, sentAt, ms: performance.now() - sentAt }
}

async function untilRestored(addresses: string[]): Promise<void> {
  const mode = 'akcp_store_mode\\{store="limits",mode="degraded"\\}'
  const degraded = () => Promise.all(addresses.map((address) => gauge(address, mode)))
  const since = Date.now()
  while ((await degraded()).some((value) => value !== 0)) {
    if (Date.now() - since > 15_000) throw new Error('Redis is not used again')
    await sleep(100)
  }
}

function mostInAMinute(calls: Call[]): number {
  const times = calls.map(({ sentAt }) => sentAt).sort((a, b) => a - b)
  return Math.max(...times.map((start) => times.filter((at) => at >= start && at < start + 60_000).length))
}
