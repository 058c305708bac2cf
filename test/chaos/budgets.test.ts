/** Hard budgets over HTTP with several gateway processes: exactly what was decided is spent, whatever happens to them. */
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { Pool } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fleet, startFleet } from '../support/fleet'
import { startUpstream, type Upstream } from '../support/upstream'

const rounds = Number(process.env.CHAOS_ROUNDS ?? 20)
const callsPerRound = 500
let upstream: Upstream
let fleet: Fleet
let sql: postgres.Sql

beforeAll(async () => {
  upstream = await startUpstream()
  fleet = await startFleet(2, { AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin })
  sql = postgres(fleet.fresh.adminUrl, { max: 2, onnotice() {} })
  const preset = { preset: 'custom', slug: 'mock', base_url: upstream.baseUrl, model_patterns: ['*'] }
  await fleet.admin('POST', '/providers', preset)
  await fleet.admin('POST', '/keys', { provider: 'mock', name: 'one', secret: 'sk-chaos-0123456789' })
  // Every answer has 14 tokens of output, and so costs 0.014 dollars; input is free.
  await fleet.admin('POST', '/prices', {
    provider: 'mock',
    model: '*',
    input_usd_per_mtok: 0,
    output_usd_per_mtok: 1000,
    effective_from: '2020-01-01T00:00:00Z',
  })
}, 240_000)

afterAll(async () => {
  await sql?.end()
  await fleet?.stop()
  await upstream?.stop()
}, 120_000)

/** The cost of one call: 14 tokens at a tenth of a cent. */
const cost = 0.014
const budgetOf = (calls: number) => [
  { period: 'month', limit_usd: Number((cost * calls).toFixed(9)), hard: true },
]

let made = 0
async function newApp(values: object) {
  const n = ++made
  const app = await fleet.admin('POST', '/apps', {
    name: `chaos-${n}`,
    tenant: `t-${n}`,
    project: `p-${n}`,
    ...values,
  })
  const { raw_key } = await fleet.admin('POST', `/apps/${app.id}/keys`, { name: 'chaos' })
  return { id: app.id, tenant: `t-${n}`, project: `p-${n}`, rawKey: raw_key }
}

/** Calls on all of the gateways at once; returns how many succeeded, and the other answers by code. */
async function burst(rawKey: string, calls: number, addresses: string[]) {
  const pools = addresses.map((address) => new Pool(address, { connections: 50 }))
  const seen: Record<string, number> = {}
  await Promise.all(
    Array.from({ length: calls }, async (_, n) => {
      const pool = pools[n % pools.length] as Pool
      try {
        const answer = await pool.request({
          path: '/api/v1/chat/completions',
          method: 'POST',
          headers: { authorization: `Bearer ${rawKey}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            model: 'gpt-4o',
            max_tokens: 14,
            messages: [{ role: 'user', content: `call ${n}` }],
          }),
        })
        const body = (await answer.body.json()) as { error?: { code: string } }
        const outcome = body.error?.code ?? 'ok'
        seen[outcome] = (seen[outcome] ?? 0) + 1
      } catch {
        seen.broken = (seen.broken ?? 0) + 1
      }
    }),
  )
  await Promise.all(pools.map((pool) => pool.destroy()))
  return seen
}

async function windows() {
  return await sql<
    { scope: string; scope_id: string; limit: string; posted: string; leased: string; lost: string }[]
  >`
    select b.scope, b.scope_id, w.limit_nanos::text as limit, w.posted_nanos::text as posted, w.leased_nanos::text as leased,
      w.lost_nanos::text as lost
    from budget_windows w join budgets b on b.id = w.budget_id`
}

async function untilNothingIsHeld(ids: string[]) {
  const deadline = Date.now() + 60_000
  for (;;) {
    const own = (await windows()).filter(({ scope_id }) => ids.includes(scope_id))
    if (own.length > 0 && own.every(({ leased }) => leased === '0')) return own
    if (Date.now() > deadline) throw new Error(`still held after a minute: ${JSON.stringify(own)}`)
    await sleep(200)
  }
}

describe('500 calls at once on two processes, for a budget of 100', () => {
  it(`admit exactly 100, in each of ${rounds} rounds`, async () => {
    for (let round = 0; round < rounds; round++) {
      const app = await newApp({ budgets: budgetOf(100) })
      const seen = await burst(
        app.rawKey,
        callsPerRound,
        fleet.gateways.map(({ address }) => address),
      )
      expect(seen, `round ${round}`).toEqual({ ok: 100, insufficient_quota: 400 })
      const [window] = await untilNothingIsHeld([app.id])
      expect(window?.posted).toBe('1400000000')
    }
  }, 600_000)

  it(`admit exactly 100 with four budgets at once, in each of ${rounds} rounds`, async () => {
    for (let round = 0; round < rounds; round++) {
      const app = await newApp({ budgets: budgetOf(120) })
      await fleet.admin('PUT', `/policies/tenant/${app.tenant}`, { budgets: budgetOf(100) })
      await fleet.admin('PUT', `/policies/project/${app.project}`, { budgets: budgetOf(110) })
      await fleet.admin('PUT', '/policies/feature/default', { budgets: budgetOf(1_000_000) })
      const seen = await burst(
        app.rawKey,
        callsPerRound,
        fleet.gateways.map(({ address }) => address),
      )
      expect(seen, `round ${round}`).toEqual({ ok: 100, insufficient_quota: 400 })
    }
  }, 600_000)
})

describe('a process that is killed or stopped half-way', () => {
  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'by %s spends nothing that was not decided',
    async (signal) => {
      const victim = await fleet.add()
      const app = await newApp({ budgets: budgetOf(100) })
      await sleep(1100)
      await upstream.fault({ delayMs: 300 })
      const addresses = [fleet.gateways[0]?.address ?? '', victim.address]
      const running = burst(
        app.rawKey,
        callsPerRound,
        signal === 'SIGSTOP' ? addresses.slice(0, 1) : addresses,
      )
      const stuck =
        signal === 'SIGSTOP'
          ? fetch(`${victim.address}/api/v1/chat/completions`, {
              method: 'POST',
              headers: { authorization: `Bearer ${app.rawKey}`, 'content-type': 'application/json' },
              body: JSON.stringify({
                model: 'gpt-4o',
                max_tokens: 14,
                messages: [{ role: 'user', content: 'x' }],
              }),
            }).catch(() => null)
          : null
      await sleep(200)
      victim.process.kill(signal)
      const seen = await running
      await upstream.fault()
      if (signal === 'SIGSTOP') {
        victim.process.kill('SIGCONT')
        await stuck
      }
      expect(seen.ok ?? 0).toBeLessThanOrEqual(100)
      await sleep(1000)
      const served = (await upstream.connections()).length
      expect(served).toBeGreaterThan(0)
      const [window] = (await windows()).filter(({ scope_id }) => scope_id === app.id)
      expect(window).toBeDefined()
      const { limit = '0', posted = '0', leased = '0', lost = '0' } = window ?? {}
      expect(Number(posted) + Number(leased) + Number(lost)).toBeLessThanOrEqual(Number(limit))
    },
    120_000,
  )
})
