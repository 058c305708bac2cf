import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Fleet, startFleet } from '../support/fleet'
import { startUpstream, type Upstream } from '../support/upstream'

let upstream: Upstream
let fleet: Fleet
let sql: Sql
beforeAll(async () => {
  upstream = await startUpstream()
  fleet = await startFleet(3, { AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin })
  sql = postgres(fleet.fresh.gatewayUrl, { max: 2, onnotice() {} })
  await fleet.admin('POST', '/providers', { preset: 'custom', slug: 'mock', base_url: upstream.baseUrl })
  await fleet.admin('POST', '/keys', { provider: 'mock', name: 'one', secret: 'sk-schedule-0123456789' })
})
afterAll(async () => {
  await sql?.end()
  await fleet?.stop()
  await upstream?.stop()
})

it('three processes on one database run each job once a period', async () => {
  await sleep(15_000)
  const from = new Date()
  await sleep(60_000)
  const rows = await sql<
    { job: string; interval: number; runs: number; processes: number; failed: number }[]
  >`
    select job, interval_ms / 1000 as interval, count(*)::int as runs, count(distinct process_id)::int as processes,
      count(error)::int as failed
    from job_runs join jobs using (job) where started_at >= ${from} group by job, interval_ms order by job`
  console.log(rows)
  for (const { interval, runs, failed } of rows) {
    expect(failed).toBe(0)
    expect(runs).toBeLessThanOrEqual(Math.ceil((60 / interval) * 1.1) + 1)
  }
  const often = rows.filter(({ interval }) => interval <= 15)
  expect(often.map(({ job }) => job)).toEqual(expect.arrayContaining(['alerts', 'deliveries', 'probes']))
  for (const { interval, runs } of often)
    expect(runs).toBeGreaterThanOrEqual(Math.floor((60 / interval) * 0.8))
})

it('a job whose process is killed in the middle of it is run by another within a minute', async () => {
  await upstream.fault({ hang: true })
  await sql`update key_checks set next_probe_at = now()`
  const running = async () => {
    const [row] = await sql<{ run: string; pid: number }[]>`
      select j.run_id as run, p.pid from jobs j join processes p on p.id = j.claimed_by
      where job = 'probes' and exists (
        select 1 from job_runs r where r.id = j.run_id and r.started_at < now() - interval '1 second')`
    return row
  }
  await expect.poll(running, { timeout: 30_000, interval: 100 }).toBeDefined()
  const runner = await running()
  if (!runner) throw new Error('the probe has ended already')
  process.kill(runner.pid, 'SIGKILL')
  const killedAt = Date.now()
  await upstream.fault()
  const again = async () =>
    await sql`
      select 1 from job_runs where job = 'probes' and started_at > ${new Date(killedAt)} and error is null
        and ended_at is not null`
  await expect.poll(again, { timeout: 60_000, interval: 500 }).not.toEqual([])
  console.log(`moved after ${Math.round((Date.now() - killedAt) / 1000)} s`)
  const [lost] = await sql`select error from job_runs where id = ${runner.run}`
  expect(lost?.error).toBe('its process ended or hung before the job was done')
})
