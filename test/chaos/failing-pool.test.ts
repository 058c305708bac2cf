/** A pool of five keys, four of which fail in different ways: nobody who calls may notice. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGateway, type TestGateway } from '../support/gateway'
import { startUpstream, type Upstream } from '../support/upstream'

const seconds = Number(process.env.CHAOS_SECONDS ?? 30)
const callsPerSecond = 50
const bad = ['sk-rate', 'sk-auth', 'sk-broken', 'sk-hanging']
let upstream: Upstream
let system: TestGateway
let rawKey: string

beforeAll(async () => {
  upstream = await startUpstream()
  system = await startGateway({ AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin })
  const provider = await system.add.provider({
    slug: 'mock',
    baseUrl: upstream.baseUrl,
    firstByteTimeoutMs: 1000,
  })
  for (const secret of [...bad, 'sk-good']) await system.add.key(provider, secret)
  rawKey = (await system.add.appKey(await system.add.app('web'))).rawKey
  await system.gateway.refresh()
  await upstream.fault(
    { secret: 'sk-rate', status: 429, headers: { 'retry-after': '2' } },
    { secret: 'sk-auth', status: 401 },
    { secret: 'sk-broken', status: 500 },
    { secret: 'sk-hanging', hang: true },
  )
})

afterAll(async () => {
  await system?.stop()
  await upstream?.stop()
})

async function call() {
  const startedAt = performance.now()
  const response = await fetch(`${system.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] }),
  })
  await response.arrayBuffer()
  return { status: response.status, ms: performance.now() - startedAt, at: startedAt }
}

it(`serves every one of ${callsPerSecond} calls a second for ${seconds} s, and leaves dead keys alone`, async () => {
  const begin = performance.now()
  const running: ReturnType<typeof call>[] = []
  for (let n = 0; n < seconds * callsPerSecond; n++) {
    running.push(call())
    await sleep(Math.max(0, begin + ((n + 1) * 1000) / callsPerSecond - performance.now()))
  }
  const answers = await Promise.all(running)
  expect(answers.filter(({ status }) => status !== 200)).toEqual([])

  const late = answers.filter(({ at }) => at - begin > 5000).map(({ ms }) => ms)
  const p95 = late.toSorted((a, b) => a - b)[Math.floor(late.length * 0.95)] ?? 0
  const tries = await upstream.connections()
  const of = (secret: string) => tries.filter((tried) => tried.secret === secret && tried.path !== '/models')
  const since = tries[0]?.startedAt ?? 0
  const lateTries = (secret: string) => of(secret).filter(({ startedAt }) => startedAt - since > 5000).length
  console.log(
    `p95 after 5 s: ${p95.toFixed(0)} ms; attempts by key: ${[...bad, 'sk-good'].map((secret) => `${secret} ${of(secret).length} (${lateTries(secret)} after 5 s)`).join(', ')}`,
  )
  expect(p95).toBeLessThan(150)
  // Half-open: one call each time the cooldown is over, which is two seconds at first and doubles up to a minute.
  expect(lateTries('sk-auth')).toBe(0)
  for (const secret of ['sk-broken', 'sk-hanging']) expect(lateTries(secret)).toBeLessThanOrEqual(seconds / 4)
  expect(lateTries('sk-rate')).toBeLessThanOrEqual(seconds / 2)
}, 120_000)
