import { afterAll, beforeAll, expect, it } from 'vitest'
import { removeOldRows } from '@/lib/data/cleaning'
import { connect, type Database } from '@/lib/data/database'
import { type FreshDatabase, freshDatabase } from '../support/database'

let fresh: FreshDatabase
let database: Database
beforeAll(async () => {
  fresh = await freshDatabase()
  database = connect(fresh.gatewayUrl, { max: 2 })
})
afterAll(async () => {
  await database?.close()
  await fresh?.drop()
})

it('removes what is old and keeps what is not, table by table', async () => {
  const { sql } = database
  const id = () => sql`gen_random_uuid()`
  // Each pair: one that is too old, one that is not yet.
  await sql`insert into jobs (job, interval_ms, limit_ms, due_at) values
    ('often', 10000, 1, now()), ('rarely', 3600000, 1, now()), ('gone', 1, 1, now() - interval '8 days')`
  for (const [job, hours, error] of [
    ['often', 2, null],
    ['often', 0.5, null],
    ['often', 31 * 24, 'failed'],
    ['often', 29 * 24, 'failed'],
    ['rarely', 31 * 24, null],
    ['rarely', 29 * 24, null],
  ] as const) {
    await sql`insert into job_runs (id, job, process_id, started_at, ended_at, error)
      values (${id()}, ${job}, ${id()}, now() - make_interval(mins => ${hours * 60}), now(), ${error})`
  }
  for (const days of [91, 89])
    await sql`insert into health_events (id, ts, key_id, signal, result)
      values (${id()}, now() - make_interval(days => ${days}), ${id()}, 'real', 'up')`
  for (const hours of [25, 23])
    await sql`insert into processes (id, role, host, pid, version, seen_at)
      values (${id()}, 'gateway', 'h', 1, '1', now() - make_interval(hours => ${hours}))`
  for (const minutes of [61, 59])
    await sql`insert into vault_tasks (id, kind, input, created_at)
      values (${id()}, 'probe_key', '{}', now() - make_interval(mins => ${minutes}))`
  const [member] =
    await sql`insert into members (id, email, role) values (${id()}, 'a@example.com', 'owner') returning id`
  for (const days of [31, 29])
    await sql`insert into sessions (id, member_id, expires_at)
      values (${id()}, ${member?.id}, now() - make_interval(days => ${days}))`
  for (const days of [31, 29])
    await sql`insert into invites (id, purpose, token_digest, role, expires_at)
      values (${id()}, 'invite', ${Buffer.from([days])}, 'viewer', now() - make_interval(days => ${days}))`
  const removed = {
    job_runs: 3,
    jobs: 1,
    processes: 1,
    vault_tasks: 1,
    sessions: 1,
    invites: 1,
    health_events: 1,
  }
  expect(await removeOldRows(database)).toEqual(removed)
  expect(await removeOldRows(database)).toEqual({})
})
