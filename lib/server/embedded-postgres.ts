/**
 * A PostgreSQL of our own under the data folder, for installations without `DATABASE_URL`. It is a real server in a
 * session of its own: it outlives a kill of this process, and the next start adopts it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { serverState } from '@/lib/data/server-state'
import { freePort } from './free-port'
import { isRoot, postgresIdentity } from './identity'
import { commandFor, nativeFolder } from './postgres-program'
import { keepSecret } from './secret-file'

const majorVersion = '18'
const superuser = 'akcp'
/** Recovery after a crash may take minutes; a server that does not even say so is given less. */
const recoveryMs = 600_000
const silenceMs = 30_000
const logLimitBytes = 10 * 1024 * 1024

export type EmbeddedPostgres = {
  /** A superuser's connection. */
  adminUrl: string
  /** Ends connections and writes everything out; aborting `hurry` leaves that to the next start's recovery. */
  stop(hurry?: AbortSignal): Promise<void>
}

/** Starts PostgreSQL on `<dataDir>/postgres`, made when missing, or adopts the one that already runs on it. */
export async function startEmbeddedPostgres(
  dataDir: string,
  say: (line: string) => void,
): Promise<EmbeddedPostgres> {
  const native = nativeFolder()
  mkdirSync(dataDir, { recursive: true, mode: isRoot() ? 0o711 : 0o700 })
  const cluster = join(dataDir, 'postgres')
  const isNew = !existsSync(join(cluster, 'PG_VERSION'))
  const password = passwordFor(dataDir, isNew)
  if (isNew) createCluster(native, dataDir, password)
  checkVersion(cluster)
  const adminUrl = (port: number) => `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres`
  const running = await findRunning(cluster, adminUrl)
  if (running) say(`PostgreSQL was still running (process ${running.pid}); using it`)
  const { pid, port } = running ?? (await startServer(native, dataDir, adminUrl))
  return { adminUrl: adminUrl(port), stop: (hurry) => stopServer(native, cluster, pid, hurry) }
}

/** The database of the PostgreSQL that runs on `<dataDir>/postgres`, as its superuser; null when none runs. */
export async function runningPostgres(dataDir: string): Promise<string | null> {
  const cluster = join(dataDir, 'postgres')
  const file = join(dataDir, 'postgres.password')
  const found = existsSync(file) ? readPidFile(cluster) : null
  if (!found || !isAlive(found.pid) || !worksOn(found.pid, cluster)) return null
  const url = `postgres://${superuser}:${readFileSync(file, 'utf8').trim()}@127.0.0.1:${found.port}/akcp`
  return (await serverState(url)) === 'up' ? url : null
}

function passwordFor(dataDir: string, isNew: boolean): string {
  const file = join(dataDir, 'postgres.password')
  if (!isNew && !existsSync(file)) {
    throw new Error(
      `${file} is missing, and the database beside it opens with nothing else: put it back from a backup`,
    )
  }
  return keepSecret(file, () => randomBytes(24).toString('base64url'))
}

/** initdb works beside the final place: a start that is killed half-way leaves nothing that looks like a database. */
function createCluster(native: string, dataDir: string, password: string) {
  const folder = join(dataDir, 'postgres.new')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { mode: 0o700 })
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
  if (isRoot())
    for (const path of [folder, passwordFile]) chownSync(path, postgresIdentity.uid, postgresIdentity.gid)
  const { command, args, options } = commandFor(native, 'initdb', folder, (seen) => [
    ...[
      '-D',
      join(seen, 'data'),
      '-U',
      superuser,
      '-A',
      'scram-sha-256',
      `--pwfile=${join(seen, 'password')}`,
    ],
    ...['-E', 'UTF8', '--locale=C', '--data-checksums'],
  ])
  const { status, error, stderr } = spawnSync(command, args, {
    ...options,
    encoding: 'utf8',
    windowsHide: true,
  })
  if (status !== 0)
    throw new Error(`PostgreSQL could not create its database: ${error?.message ?? lastLines(stderr)}`)
  rmSync(join(dataDir, 'postgres'), { recursive: true, force: true })
  renameSync(join(folder, 'data'), join(dataDir, 'postgres'))
  rmSync(folder, { recursive: true })
}

function checkVersion(cluster: string) {
  const version = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
  if (version === majorVersion) return
  throw new Error(
    `${cluster} was made by PostgreSQL ${version} and this is ${majorVersion}: dump it with the AKCP that made it, or set DATA_DIR to a new folder`,
  )
}

type Running = { pid: number; port: number }
type UrlAt = (port: number) => string

/** The server that already runs on this cluster, once it answers; null when there is none. */
async function findRunning(cluster: string, adminUrl: UrlAt): Promise<Running | null> {
  const start = Date.now()
  for (;;) {
    const found = readPidFile(cluster)
    if (!found || !isAlive(found.pid)) return null
    if (!worksOn(found.pid, cluster)) {
      disownPidFile(cluster)
      return null
    }
    const state = await serverState(adminUrl(found.port))
    if (state === 'up') return found
    if (Date.now() - start > (state === 'busy' ? recoveryMs : silenceMs)) {
      throw new Error(
        `process ${found.pid}, named in ${pidFile(cluster)}, does not answer as this folder's PostgreSQL: stop it, or remove that file if it is something else`,
      )
    }
    await sleep(100)
  }
}

const pidFile = (cluster: string) => join(cluster, 'postmaster.pid')

/** Line 1 is the process, line 4 the port; a server that is just starting has not written the port yet. */
function readPidFile(cluster: string): Running | null {
  try {
    const lines = readFileSync(pidFile(cluster), 'utf8').split('\n')
    const pid = Number(lines[0])
    return pid > 0 ? { pid, port: Number(lines[3]) || 0 } : null
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Linux tells whether the process really is this cluster's server, or another one that got its id, or a zombie. */
function worksOn(pid: number, cluster: string): boolean {
  if (process.platform !== 'linux') return true
  try {
    const [folder, own] = [statSync(`/proc/${pid}/cwd`), statSync(cluster)]
    return folder.dev === own.dev && folder.ino === own.ino
  } catch {
    return false
  }
}

/**
 * PostgreSQL refuses to start while the id in the file belongs to any process. The file itself stays: from its other
 * lines PostgreSQL makes sure that no orphan still uses the old server's memory.
 */
function disownPidFile(cluster: string) {
  const impossible = '2147483646'
  const [, ...rest] = readFileSync(pidFile(cluster), 'utf8').split('\n')
  writeFileSync(pidFile(cluster), [impossible, ...rest].join('\n'))
}

/** Another program may take the free port first, and orphans of a killed server may need a moment to go: try again. */
async function startServer(native: string, dataDir: string, adminUrl: UrlAt): Promise<Running> {
  const cluster = join(dataDir, 'postgres')
  const log = join(dataDir, 'postgres.log')
  if (existsSync(log) && statSync(log).size > logLimitBytes) renameSync(log, `${log}.1`)
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const pid = await tryStart(native, cluster, log, port, adminUrl(port))
    if (pid) return { pid, port }
    const reason = lastLines(readFileSync(log, 'utf8'))
    if (attempt === 10 || !/could not bind|still in use/.test(reason)) {
      throw new Error(`PostgreSQL did not start: ${reason} (all of it in ${log})`)
    }
    await sleep(500)
  }
}

async function tryStart(
  native: string,
  cluster: string,
  log: string,
  port: number,
  url: string,
): Promise<number | null> {
  const { command, args, options } = commandFor(native, 'postgres', cluster, (seen) => [
    ...['-D', seen, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
  ])
  const output = openSync(log, 'a', 0o600)
  const server = spawn(command, args, {
    ...options,
    detached: true,
    stdio: ['ignore', output, output],
    windowsHide: true,
  })
  closeSync(output)
  server.unref()
  let ended = false
  server.on('exit', () => (ended = true)).on('error', () => (ended = true))
  const start = Date.now()
  while (!ended) {
    const state = await serverState(url)
    if (state === 'up' && server.pid) return server.pid
    if (Date.now() - start > (state === 'busy' ? recoveryMs : silenceMs)) {
      server.kill('SIGQUIT')
      return null
    }
    await sleep(25)
  }
  return null
}

async function stopServer(native: string, cluster: string, pid: number, hurry?: AbortSignal): Promise<void> {
  // On Windows a signal is a kill.
  if (process.platform === 'win32')
    spawnSync(join(native, 'bin', 'pg_ctl.exe'), ['stop', '-D', cluster, '-m', 'fast'])
  else signal(pid, 'SIGINT')
  for (let waited = 0; isAlive(pid) && waited < 20_000 && !hurry?.aborted; waited += 25) await sleep(25)
  if (!isAlive(pid)) return
  signal(pid, 'SIGQUIT')
  for (let waited = 0; isAlive(pid) && waited < 1000; waited += 25) await sleep(25)
  if (isAlive(pid)) signal(pid, 'SIGKILL')
}

function signal(pid: number, name: NodeJS.Signals) {
  try {
    process.kill(pid, name)
  } catch {
    // already gone
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-2).join(' | ')
}
