import { afterAll, beforeAll, expect, it } from 'vitest'
import { newId } from '@/lib/id'
import { startAdmin, type TestAdmin } from '../support/admin'

let admin: TestAdmin
const runner = newId()
beforeAll(async () => {
  admin = await startAdmin()
})
afterAll(() => admin?.stop())

const scheduler = async () => (await admin.call('GET', '/status')).json.scheduler
const redis = async () => (await admin.call('GET', '/status')).json.redis

it('nothing is said of jobs while no gateway has run any', async () => {
  expect((await admin.call('GET', '/jobs')).json).toEqual({ data: [], next_cursor: null })
  expect(await scheduler()).toEqual({ state: 'not_seen', since: null, version: null, jobs: [] })
})

it('shows what is due, what runs and how the last runs ended', async () => {
  const { sql } = admin.gateway
  await sql`
    insert into jobs (job, interval_ms, limit_ms, due_at, claimed_by, claimed_until, run_id) values
      ('balances', 600000, 120000, now() + interval '5 minutes', null, null, null),
      ('probes', 10000, 60000, now() - interval '5 minutes', ${runner}, now() + interval '20 seconds', ${newId()})`
  for (let n = 7; n > 0; n--) {
    await sql`
      insert into job_runs (id, job, process_id, started_at, ended_at, error, details)
      values (${newId()}, 'balances', ${runner}, now() - make_interval(mins => ${n}),
        now() - make_interval(mins => ${n}) + interval '1.5 seconds', ${n === 7 ? 'old' : null},
        ${JSON.stringify({ read: n })}::text::jsonb)`
  }
  const { json } = await admin.call('GET', '/jobs')
  expect(json.data.map(({ job, state }: { job: string; state: string }) => [job, state])).toEqual([
    ['balances', 'waiting'],
    ['probes', 'running'],
  ])
  const [balances] = json.data
  expect(balances).toMatchObject({ interval_seconds: 600, limit_seconds: 120 })
  expect(balances.runs.map(({ details }: { details: { read: number } }) => details.read)).toEqual([
    1, 2, 3, 4, 5,
  ])
  expect(balances.runs[0]).toMatchObject({ ms: 1500, error: null, process_id: runner })
  expect(await scheduler()).toMatchObject({ state: 'up', jobs: [] })
})

it('says which job fails, and which nobody runs', async () => {
  const { sql } = admin.gateway
  await sql`
    insert into job_runs (id, job, process_id, started_at, ended_at, error)
    values (${newId()}, 'balances', ${runner}, now(), now(), 'cut off')`
  expect(await scheduler()).toMatchObject({ state: 'failing', jobs: ['balances'] })
  await sql`update jobs set claimed_until = now() - interval '1 second' where job = 'probes'`
  expect(await scheduler()).toMatchObject({
    state: 'late',
    jobs: ['probes', 'balances'],
    since: expect.any(String),
  })
})

it('tells how the gateways count their limits', async () => {
  expect(await redis()).toEqual({ state: 'not_configured', since: null, version: null, error: null })
  const { sql } = admin.gateway
  const add = (limits: object) => sql`
    insert into processes (id, role, host, pid, version, details)
    values (${newId()}, 'gateway', 'host', 1, '1', ${JSON.stringify({ limits })}::text::jsonb)`
  await add({ store: 'memory', degradedSince: null, error: null })
  expect(await redis()).toMatchObject({ state: 'not_configured' })
  await add({ store: 'redis', degradedSince: null, error: null })
  expect(await redis()).toMatchObject({ state: 'up', since: null })
  await add({
    store: 'redis',
    degradedSince: Date.parse('2026-03-01T12:00:00Z'),
    error: 'connection refused',
  })
  const lost = {
    state: 'degraded',
    since: '2026-03-01T12:00:00.000Z',
    version: null,
    error: 'connection refused',
  }
  expect(await redis()).toEqual(lost)
  await sql`update processes set seen_at = now() - interval '1 minute' where details #>> '{limits,error}' is not null`
  expect(await redis()).toMatchObject({ state: 'up' })
})
