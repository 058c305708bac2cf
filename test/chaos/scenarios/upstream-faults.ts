/** Row 12: each way in which a provider can fail, alone and with a sound key beside it; and the breaker. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { freePort } from '@/lib/server/free-port'
import { type Figures, round } from '../../support/chaos-report'
import { ledgerFaults, ledgerOf, noFaults, untilFolded } from '../../support/crashing-gateway'
import type { Plan } from '../../support/planned-upstream'
import { onStage, type Stage } from './stage'

type Fault = {
  name: string
  /** Null: nothing listens. */
  plan: Plan | null
  stream: boolean
  /** What a client is told when there is no other key. `inBand`: the code of the last event, after a 200. */
  alone: { status: number; code: string | null; inBand?: string }
  /** Whether another key takes over: only before the first byte. */
  takenOver: boolean
  row: { outcome: string; cost_source: string }
}

const failed = { outcome: 'error', cost_source: 'reported' }
const firstByteTimeoutMs = 600
const totalTimeoutMs = 2500

const faults: Fault[] = [
  {
    name: 'refused',
    plan: null,
    stream: false,
    alone: { status: 502, code: 'upstream_error' },
    takenOver: true,
    row: failed,
  },
  {
    name: 'reset before the first byte',
    plan: { reset: true },
    stream: true,
    alone: { status: 502, code: 'upstream_error' },
    takenOver: true,
    row: failed,
  },
  {
    name: 'status 500',
    plan: { status: 500 },
    stream: false,
    alone: { status: 502, code: 'upstream_error' },
    takenOver: true,
    row: failed,
  },
  {
    name: '429 with Retry-After',
    plan: { status: 429, headers: { 'retry-after': '7' } },
    stream: false,
    alone: { status: 503, code: 'no_healthy_key' },
    takenOver: true,
    row: failed,
  },
  {
    name: 'never a first byte',
    plan: { hang: true },
    stream: true,
    alone: { status: 504, code: 'upstream_timeout' },
    takenOver: true,
    row: failed,
  },
  {
    name: 'reset in mid-stream',
    plan: { chunks: 5, everyMs: 10, end: 'reset' },
    stream: true,
    alone: { status: 200, code: null, inBand: 'upstream_error' },
    takenOver: false,
    row: { outcome: 'error', cost_source: 'estimated' },
  },
  {
    name: 'endless stream',
    plan: { chunks: 1e9, everyMs: 20 },
    stream: true,
    alone: { status: 200, code: null, inBand: 'upstream_timeout' },
    takenOver: false,
    row: { outcome: 'error', cost_source: 'estimated' },
  },
  {
    name: '200, then garbage',
    plan: { chunks: 5, end: 'garbage' },
    stream: true,
    alone: { status: 200, code: null },
    takenOver: false,
    row: { outcome: 'ok', cost_source: 'estimated' },
  },
  {
    name: 'no usage',
    plan: { chunks: 5, end: 'no usage' },
    stream: true,
    alone: { status: 200, code: null },
    takenOver: false,
    row: { outcome: 'ok', cost_source: 'estimated' },
  },
]

/** What the breaker counts: each must open it. */
const breaking = [
  { name: 'status 500', plan: { status: 500 } },
  { name: 'reset', plan: { reset: true as const } },
  { name: 'never a first byte', plan: { hang: true as const } },
]

export async function upstreamFaults({ times }: { times: number }): Promise<Figures> {
  // Nothing listens on a free port.
  const nowhere = `http://127.0.0.1:${await freePort()}/v1`
  const options = {
    variables: { AKCP_ALLOW_PRIVATE_ORIGINS: '127.0.0.1' },
    provider: { firstByteTimeoutMs, totalTimeoutMs },
  }
  return await onStage(options, async (stage) => {
    const setup = await setUp(stage, nowhere)
    const attempts = { alone: 0, takenOver: 0 }
    for (let time = 0; time < times; time++) {
      await Promise.all(
        faults.map(async (fault, n) => {
          const alone = await ask(stage, setup.rawKey, `alone-${n}-${time}`, fault.stream)
          expect({ fault: fault.name, ...alone.told }).toEqual({ fault: fault.name, ...told(fault) })
          if (fault.plan?.headers) expect(alone.retryAfter).toBe('7')
          await checkRow(stage, alone.id, fault)
          attempts.alone++
          const paired = await ask(stage, setup.rawKey, `paired-${n}-${time}`, fault.stream)
          const after = (await stage.upstream.served()).filter(({ id }) => id === paired.id)
          expect([fault.name, after.some(({ secret }) => secret.startsWith('sk-good'))]).toEqual([
            fault.name,
            fault.takenOver,
          ])
          if (fault.takenOver) {
            expect({ fault: fault.name, ...paired.told }).toEqual({
              fault: fault.name,
              status: 200,
              code: null,
            })
            attempts.takenOver++
          } else await checkRow(stage, paired.id, fault)
        }),
      )
    }
    await stage.upstream.plan(Object.fromEntries(breaking.map(({ plan }, n) => [`sk-breaking-${n}`, plan])))
    const breaker = await Promise.all(breaking.map((_, n) => checkBreaker(stage, setup.rawKey, n)))
    await untilFolded(stage.gateway.address)
    const { faults: found, rows } = await ledgerFaults(stage.gateway, stage.upstream)
    expect(found).toEqual(noFaults)
    await checkAttempts(stage)
    return { faults: faults.length, times, ...attempts, rows: rows.size, breaker: breaker.join('; ') }
  })

  /** For each fault and time a pool of the faulty key, and one of the faulty and a sound one. */
  async function setUp({ gateway, upstream }: Stage, deadUrl: string) {
    const { add, provider } = gateway
    const dead = await add.provider({ slug: 'dead', baseUrl: deadUrl, modelPatterns: [] })
    const plans: Record<string, Plan> = {}
    for (const [n, { plan }] of faults.entries()) {
      for (let time = 0; time < times; time++) {
        for (const name of ['alone', 'paired']) {
          const secret = `sk-bad-${name}-${n}-${time}`
          const bad = await add.key(plan ? provider : dead, secret, { tier: 1 })
          if (plan) plans[secret] = plan
          const ids = [bad.id]
          if (name === 'paired') ids.push((await add.key(provider, `sk-good-${n}-${time}`, { tier: 2 })).id)
          const pool = await add.pool(`${name}-${n}-${time}`, ids, { strategy: 'priority' })
          await add.route(`${name}-${n}-${time}`, [{ pool, model: 'gpt-4o' }])
        }
      }
    }
    for (const [n] of breaking.entries()) {
      const bad = await add.key(provider, `sk-breaking-${n}`, { tier: 1 })
      const good = await add.key(provider, `sk-sound-${n}`, { tier: 2 })
      const pool = await add.pool(`breaking-${n}`, [bad.id, good.id], { strategy: 'priority' })
      await add.route(`breaking-${n}`, [{ pool, model: 'gpt-4o' }])
    }
    await upstream.plan(plans)
    const app = await add.app('faults', { tenant: 'faults', project: 'faults' })
    const { rawKey } = await add.appKey(app)
    await sleep(1500)
    return { rawKey }
  }
}

function told({ alone }: Fault) {
  return { status: alone.status, code: alone.code, ...(alone.inBand && { inBand: alone.inBand }) }
}

/** One call, and what its client was told. */
async function ask({ gateway }: Stage, rawKey: string, model: string, stream: boolean, plan: Plan = {}) {
  const response = await fetch(`${gateway.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'hello' }], plan }),
  })
  const text = await response.text()
  const code: string | null = response.ok ? null : JSON.parse(text).error.code
  const last = stream && response.ok ? (text.trim().split('\n\n').at(-1) ?? '') : ''
  const inBand: string | undefined = last.startsWith('data: {"error"')
    ? JSON.parse(last.slice(6)).error.code
    : undefined
  return {
    id: response.headers.get('x-akcp-request') ?? '',
    retryAfter: response.headers.get('retry-after'),
    told: { status: response.status, code, ...(inBand && { inBand }) },
  }
}

async function checkRow({ gateway }: Stage, id: string, fault: Fault): Promise<void> {
  await untilFolded(gateway.address)
  const read = async () => (await ledgerOf(gateway)).find((row) => row.id === id)
  await expect
    .poll(read, { timeout: 5000 })
    .toMatchObject({ count: 1, ...fault.row })
    .catch((error) => {
      throw new Error(`${fault.name}: ${error}`)
    })
}

/** The attempts that rows tell of are those that the provider saw. */
async function checkAttempts({ gateway, upstream }: Stage): Promise<void> {
  const served = (await upstream.served()).map(({ id, secret }) => `${id} ${secret}`).sort()
  const rows = await gateway.database.sql<{ attempt: string }[]>`
    select r.id || ' ' || k.name as attempt from requests r, jsonb_to_recordset(r.attempts) as a(key_id uuid, provider text)
    join keys k on k.id = a.key_id where r.outcome <> 'refused' and a.provider <> 'dead'`
  expect(rows.map(({ attempt }) => attempt).sort()).toEqual(served)
}

/** It opens after three failures, lets one call through when its time has come, and closes when that succeeds. */
async function checkBreaker(stage: Stage, rawKey: string, n: number): Promise<string> {
  const name = breaking[n]?.name
  const tries = async () =>
    (await stage.upstream.served()).filter(({ secret }) => secret === `sk-breaking-${n}`).length
  const serve = async (calls: number) => {
    for (let made = 0; made < calls; made++) {
      const { told } = await ask(stage, rawKey, `breaking-${n}`, false)
      expect([name, told.status]).toEqual([name, 200])
    }
  }
  await serve(8)
  const opened = await tries()
  expect([name, opened]).toEqual([name, 3])
  // The first cooldown is two seconds, give or take a quarter.
  await sleep(2700)
  await serve(4)
  const halfOpen = (await tries()) - opened
  expect([name, halfOpen]).toEqual([name, 1])
  await stage.upstream.plan({ [`sk-breaking-${n}`]: {} })
  const healedAt = Date.now()
  while ((await tries()) < opened + halfOpen + 2) {
    if (Date.now() - healedAt > 15_000) throw new Error(`${name}: the key does not come back`)
    await serve(1)
    await sleep(50)
  }
  return `${name}: open after ${opened}, one trial, back after ${round((Date.now() - healedAt) / 1000)} s`
}
