/**
 * Our gateway as `npm start` runs it, with everything on: app keys, limits on apps, pools and keys, a hard budget for
 * each app and one for everything, journal, ledger in PostgreSQL, a log line per call. It brings its own database.
 */
import { chmodSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres from 'postgres'
import { atEnd, cpuOf, familyOf, freePort, memoryOf, pin, startProgram, waitOf } from '../programs.mjs'
import { register } from './registry.mjs'

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))

export const adminToken = 'bench-admin-token-0123456789'
/** 32 bytes each. */
const masterKey = Buffer.alloc(32, 1).toString('base64')
const pepper = Buffer.alloc(32, 2)

/** What `npm start` calls `node` with. */
const [, ...started] = manifest.scripts.start.split(' ')

/** What a gateway process, behind whichever door, needs to work for the bench. */
export function environmentFor(upstreamPort) {
  return {
    AKCP_ADMIN_TOKEN: adminToken,
    AKCP_MASTER_KEY: masterKey,
    AKCP_APP_KEY_PEPPER: pepper.toString('base64'),
    AKCP_ALLOW_PRIVATE_ORIGINS: `127.0.0.1:${upstreamPort}`,
  }
}

/** `profile`: a folder for a profile of what the processor does in it. */
export async function startGateway({ upstreamPort, apps, appKeys, callers, profile }) {
  const folder = mkdtempSync(join(tmpdir(), 'akcp-bench-'))
  chmodSync(folder, 0o755) // PostgreSQL runs as another user when this runs as root.
  atEnd(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  const dataDir = join(folder, 'data')
  const logFile = join(folder, 'log')
  const log = openSync(logFile, 'a')
  atEnd(() => endDatabase(dataDir))
  const port = await freePort()
  const { pid, stop } = await startProgram({
    name: 'the gateway',
    args: [...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []), ...started],
    env: { ...environmentFor(upstreamPort), PORT: String(port), DATA_DIR: dataDir, DRAIN_SECONDS: '5' },
    port,
    readyPath: '/api/ready',
    stdout: log,
  })
  const address = `http://127.0.0.1:${port}`
  const admin = (method, path, value) => callAdmin(address, method, path, value)
  const database = databaseOf(dataDir)
  const ledger = { calls: 0 }
  pin([...familyOf(pid), ...familyOf(database.pid)], 'others')
  pin([pid], 'target')
  return {
    name: 'gateway',
    port,
    path: '/api/v1/chat/completions',
    headers: {},
    callers: await register({
      admin,
      databaseUrl: database.url,
      pepper,
      upstreamPort,
      apps,
      appKeys,
      callers,
    }),
    databaseUrl: database.url,
    log,
    /** Calls made so far that must each have a row. */
    ledger,
    cpu: () => cpuOf([pid]),
    waiting: () => waitOf(pid),
    databaseCpu: () => cpuOf(familyOf(database.pid)),
    memory: () => memoryOf(pid),
    allRows: (since) => untilAllRows(database.url, ledger, since),
    /** Reads `/api/metrics` and returns a function that tells figures of it. */
    async metrics() {
      const text = await (await fetch(`${address}/api/metrics`)).text()
      return (name) => Number(new RegExp(`^${name} ([\\d.e+-]+)`, 'm').exec(text)?.[1])
    },
    emptyLog: () => truncateSync(logFile),
    stop,
  }
}

/** How many rows there are once each call has one, or after 30 seconds, and how long after `since` that was. */
async function untilAllRows(url, ledger, since = performance.now()) {
  const sql = postgres(url, { max: 1 })
  try {
    for (;;) {
      const [{ rows }] = await sql`select count(*)::int as rows from requests where kind = 'call'`
      const afterSeconds = (performance.now() - since) / 1000
      if (rows >= ledger.calls || afterSeconds > 30)
        return { calls: ledger.calls, inDatabase: rows, afterSeconds }
      await sleep(50)
    }
  } finally {
    await sql.end()
  }
}

/** Where the gateway was killed, its database still runs. */
function endDatabase(dataDir) {
  try {
    process.kill(databaseOf(dataDir).pid, 'SIGQUIT')
  } catch {
    // It has ended, as it should.
  }
}

/** As superuser. */
function databaseOf(dataDir) {
  const [pid, , , port] = readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')
  const password = readFileSync(join(dataDir, 'postgres.password'), 'utf8').trim()
  return { pid: Number(pid), url: `postgres://akcp:${password}@127.0.0.1:${port}/akcp` }
}

async function callAdmin(address, method, path, value) {
  const response = await fetch(`${address}/api/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: value && JSON.stringify(value),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer
}
