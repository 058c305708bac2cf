/** `npm run demo` from the outside. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { query } from '../support/embedded-database'
import { familyOf, living } from '../support/processes'
import { type Running, startDemo } from '../support/system'

const root = fileURLToPath(new URL('../..', import.meta.url))
let demo: Running

beforeAll(async () => {
  // What would reach beyond the demo must not.
  demo = await startDemo({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', ROLE: 'gateway' })
})

afterAll(async () => {
  await demo?.stop()
  await demo?.clean()
})

function reset(dataDir: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['lib/server/start.mjs', '--demo', '--reset'],
    {
      cwd: root,
      env: { NODE_ENV: 'production', PATH: process.env.PATH, DATA_DIR: dataDir },
      encoding: 'utf8',
    },
  )
  return { status, stdout, stderr }
}

const passwordOf = ({ output }: Running) => /password for all of them: (\S{16})\n/.exec(output())?.[1]

async function count(condition: string): Promise<number> {
  const [row] = await query(demo.dataDir, `select count(*)::int as n from requests where ${condition}`)
  return row?.n
}

test('it says what it is, where, who signs in and how to remove it', async () => {
  const { output, address, dataDir } = demo
  await vi.waitUntil(() => output().includes('--reset'), { timeout: 10_000 })
  expect(output()).toContain(`: ${address}\n`)
  expect(output()).toContain('everything in it is simulated')
  for (const role of ['owner', 'operator', 'developer', 'finance', 'viewer']) {
    expect(output()).toContain(`${role}@demo.example`)
  }
  expect(passwordOf(demo)).toBeDefined()
  expect(output()).toContain(`its data is in ${dataDir}; to remove it: npm run demo -- --reset`)
  expect(output()).not.toContain('/setup?token=')
})

test('thirty days of calls lie behind it, and the sums of the pages agree with them', async () => {
  const [span] = await query(
    demo.dataDir,
    `select count(*)::int as rows, extract(day from max(ts) - min(ts))::int as days,
       count(distinct outcome)::int as outcomes, count(distinct error_class)::int as endings,
       (select count(distinct attempt->>'class')::int from requests, jsonb_array_elements(attempts) attempt
         where ts < now() - interval '5 minutes') as classes,
       count(distinct tenant)::int as tenants, count(distinct environment)::int as environments,
       (count(*) filter (where jsonb_array_length(attempts) > 1))::int as failovers
     from requests where ts < now() - interval '5 minutes'`,
  )
  expect(span?.rows).toBeGreaterThan(50_000)
  expect(span?.rows).toBeLessThan(110_000)
  expect(span?.days).toBe(29)
  expect(span).toMatchObject({ tenants: 2, environments: 2 })
  expect(span?.outcomes).toBeGreaterThanOrEqual(4)
  // Which of the rarer classes end a call, and are not saved by another key, is chance.
  expect(span?.endings).toBeGreaterThanOrEqual(4)
  expect(span?.classes).toBe(7)
  expect(span?.failovers).toBeGreaterThan(500)
  const [sums] = await query(
    demo.dataDir,
    `select (select sum(requests + refused) from rollups)::int - (select count(*) from requests)::int as calls,
       ((select sum(cost_nanos) from rollups) - (select sum(cost_nanos) from requests))::text as nanos`,
  )
  expect(sums).toEqual({ calls: 0, nanos: '0' })
})

test('calls go on, as streams and at once, through the gateway', async () => {
  const lately = `ts > now() - interval '1 minute' and attempts @> '[{"status": 200}]'`
  await vi.waitUntil(
    async () =>
      (await count(`${lately} and outcome = 'ok' and stream and ttft_ms > 0`)) > 0 &&
      (await count(`${lately} and outcome = 'ok' and not stream`)) > 2,
    { timeout: 28_000, interval: 500 },
  )
})

test('no folder that is in use or was not made by a demo is removed', async () => {
  expect(reset(demo.dataDir)).toMatchObject({ status: 1, stderr: expect.stringContaining('in use') })
  const other = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'akcp-not-a-demo-'))
  writeFileSync(join(other, 'precious'), '')
  expect(reset(other)).toMatchObject({ status: 1, stderr: expect.stringContaining('other than a demo') })
  expect(readdirSync(other)).toEqual(['precious'])
  rmSync(other, { recursive: true })
})

test('it stops whole, goes on with what it had, and is removed with one command', async () => {
  const family = familyOf(demo.process.pid)
  const [password, rows] = [passwordOf(demo), await count('true')]
  expect(await demo.stop()).toBe(0)
  expect(living(family)).toEqual([])

  demo = await startDemo({ DATA_DIR: demo.dataDir })
  await vi.waitUntil(() => passwordOf(demo) !== undefined, { timeout: 10_000 })
  expect(passwordOf(demo)).toBe(password)
  const again = await count('true')
  expect(again).toBeGreaterThanOrEqual(rows)
  expect(again - rows).toBeLessThan(200)
  await vi.waitUntil(async () => (await count('true')) > again, { timeout: 15_000, interval: 500 })
  expect(await demo.stop()).toBe(0)

  expect(reset(demo.dataDir)).toMatchObject({ status: 0, stdout: `akcp  removed ${demo.dataDir}\n` })
  expect(existsSync(demo.dataDir)).toBe(false)
})
