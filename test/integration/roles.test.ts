import { drizzle } from 'drizzle-orm/postgres-js'
import postgres, { type Sql } from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as schema from '@/drizzle/schema'
import { grantPortal, portalAccess, preparePortalRole } from '@/lib/data/roles'
import { storeSecret } from '@/lib/data/secrets'
import { newId } from '@/lib/id'
import { type FreshDatabase, freshDatabase } from '../support/database'

let database: FreshDatabase
let admin: Sql
let owner: Sql
let portal: Sql
beforeAll(async () => {
  database = await freshDatabase()
  const open = (url: string) => postgres(url, { max: 2, onnotice() {} })
  admin = open(database.adminUrl)
  owner = open(database.gatewayUrl)
  portal = open(database.portalUrl)
})
afterAll(async () => {
  await Promise.all([admin, owner, portal].map((sql) => sql.end()))
  await database.drop()
})

const denied = { code: '42501' }
const sealed = Buffer.from('sealed')

test('every table is named, so that a new one is decided on and not forgotten', async () => {
  const rows = await admin`
    select relname as name from pg_class join pg_namespace n on n.oid = relnamespace
    where nspname = 'public' and relkind in ('r', 'p') and not relispartition`
  expect(rows.map((row) => row.name).sort()).toEqual(Object.keys(portalAccess).sort())
})

describe('the portal', () => {
  test('is no superuser and owns nothing', async () => {
    const [role] = await portal`
      select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication from pg_roles
      where rolname = current_user`
    expect(Object.values(role ?? {})).toEqual([false, false, false, false, false])
    await expect(portal`create table mine (a int)`).rejects.toMatchObject(denied)
  })

  test('writes and replaces a sealed secret, and never reads one', async () => {
    const id = newId()
    const write = (vaultKeyId: string) =>
      storeSecret(drizzle(portal, { schema }), { purpose: 'key', rowId: id, sealed, vaultKeyId })
    await write('one')
    await write('two')
    expect(await portal`select purpose, vault_key_id from secrets where row_id = ${id}`).toMatchObject([
      { purpose: 'key', vault_key_id: 'two' },
    ])
    await expect(portal`select sealed from secrets`).rejects.toMatchObject(denied)
    await expect(portal`select * from secrets`).rejects.toMatchObject(denied)
    await expect(portal`update secrets set vault_key_id = 'x' returning sealed`).rejects.toMatchObject(denied)
    await expect(portal`select 1 from secrets where sealed = ${sealed}`).rejects.toMatchObject(denied)
    await expect(portal`copy secrets to stdout`).rejects.toMatchObject(denied)
  })

  test('asks the vault and reads answers, not what others sealed for it', async () => {
    const id = newId()
    await portal`insert into vault_tasks (id, kind, input, sealed) values (${id}, 'probe', '{}', ${sealed})`
    expect(await portal`select result from vault_tasks where id = ${id}`).toEqual([{ result: null }])
    await expect(portal`select sealed from vault_tasks`).rejects.toMatchObject(denied)
    await expect(portal`update vault_tasks set result = '{}'`).rejects.toMatchObject(denied)
  })

  test('adds to the audit and cannot change it', async () => {
    await portal`insert into audit (actor, action, resource, resource_id) values ('a', 'b', 'c', 'd')`
    expect((await portal`select actor from audit`).length).toBeGreaterThan(0)
    await expect(portal`update audit set actor = 'x'`).rejects.toMatchObject(denied)
    await expect(portal`delete from audit`).rejects.toMatchObject(denied)
    await expect(portal`truncate audit`).rejects.toMatchObject(denied)
  })

  test('reads the ledger and cannot write it; leases are none of its business', async () => {
    expect(await portal`select id from requests`).toEqual([])
    expect(await portal`select bucket from rollups`).toEqual([])
    await expect(portal`delete from requests`).rejects.toMatchObject(denied)
    expect(await portal`select budget_id from budget_windows`).toEqual([])
    await expect(portal`update budget_windows set posted_nanos = 0`).rejects.toMatchObject(denied)
    await expect(portal`select * from leases`).rejects.toMatchObject(denied)
  })

  test('makes lost money available again, of one window at a time, and nothing else of a budget', async () => {
    const [one, two] = [newId(), newId()]
    const [start, end] = ['2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z']
    for (const id of [one, two]) {
      await owner`
        insert into budget_windows (budget_id, window_start, window_end, limit_nanos, posted_nanos, leased_nanos, lost_nanos)
        values (${id}, ${start}, ${end}, 100, 10, 20, 30)`
    }
    const release = (id: string, at: string) =>
      portal`select release_lost_money(${id}::uuid, ${at}::timestamptz)::int as nanos`
    expect(await release(one, start)).toEqual([{ nanos: 30 }])
    expect(await release(one, start)).toEqual([{ nanos: 0 }])
    expect(await release(two, end)).toEqual([{ nanos: 0 }])
    expect(
      await portal`
        select posted_nanos::int as posted, leased_nanos::int as leased, lost_nanos::int as lost from budget_windows
        where budget_id in (${one}, ${two}) order by lost`,
    ).toEqual([
      { posted: 10, leased: 20, lost: 0 },
      { posted: 10, leased: 20, lost: 30 },
    ])
    await expect(portal`update budget_windows set lost_nanos = 0`).rejects.toMatchObject(denied)
    const [open] = await admin`
      select has_function_privilege('public', 'release_lost_money(uuid, timestamptz)', 'execute') as anybody`
    expect(open).toEqual({ anybody: false })
  })

  test('reads how keys fared and cannot make it up', async () => {
    expect(await portal`select id from health_events`).toEqual([])
    expect(await portal`select key_id from key_health`).toEqual([])
    const event = portal`
      insert into health_events (id, ts, key_id, signal, result) values (${newId()}, now(), ${newId()}, 'real', 'up')`
    await expect(event).rejects.toMatchObject(denied)
    await expect(portal`delete from health_events`).rejects.toMatchObject(denied)
    await expect(portal`update key_health set state = 'up'`).rejects.toMatchObject(denied)
    await expect(portal`update key_checks set probe = null`).rejects.toMatchObject(denied)
  })

  test('sees the schedule and cannot touch it', async () => {
    expect(await portal`select job from jobs left join job_runs using (job)`).toEqual([])
    await expect(portal`update jobs set due_at = now()`).rejects.toMatchObject(denied)
    await expect(portal`delete from job_runs`).rejects.toMatchObject(denied)
  })

  test('raises the registry version with what it changes', async () => {
    const version = async () => Number((await portal`select version from registry_version`)[0]?.version)
    const before = await version()
    await portal`insert into settings (name, value) values ('roles_test', '1')`
    expect(await version()).toBe(before + 1)
  })

  test('loses what it was given beyond the list, table by table and column by column', async () => {
    const role = new URL(database.portalUrl).username
    await owner`grant all on leases to ${owner(role)}`
    await owner`grant select (sealed) on secrets to ${owner(role)}`
    await grantPortal(owner, role)
    await expect(portal`select * from leases`).rejects.toMatchObject(denied)
    await expect(portal`select sealed from secrets`).rejects.toMatchObject(denied)
  })
})

describe('on a given database', () => {
  test('a role that may create others gets a portal role, again and again', async () => {
    const first = await preparePortalRole(database.adminUrl, 'first password')
    const second = await preparePortalRole(database.adminUrl, `second 'password'`)
    const name = new URL(database.adminUrl).pathname.slice(1)
    expect(second?.role).toBe(`${name}_portal`)
    expect(second?.url).not.toBe(first?.url)
    await grantPortal(owner, `${name}_portal`)
    const sql = postgres(second?.url ?? '', { max: 1 })
    expect(await sql`select current_user::text as name`).toEqual([{ name: `${name}_portal` }])
    await expect(sql`select sealed from secrets`).rejects.toMatchObject(denied)
    await sql.end()
    await admin`drop owned by ${admin(`${name}_portal`)}`
    await admin`drop role ${admin(`${name}_portal`)}`
  })

  test('a role that may not gets none', async () => {
    expect(await preparePortalRole(database.gatewayUrl, 'password')).toBeNull()
  })
})
