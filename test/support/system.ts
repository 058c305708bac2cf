import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@/lib/server/free-port'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** What a process needs of ours; the rest of the environment could change what is tested. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'SystemRoot', 'LANG']

type Variables = Record<string, string | undefined>

export type Running = {
  /** Such as `http://127.0.0.1:40123`. */
  address: string
  port: number
  dataDir: string
  process: ChildProcess
  /** Everything printed so far. */
  output(): string
  /** SIGTERM, then waits for the end; SIGKILL and an error after a minute. Returns the exit code. */
  stop(): Promise<number | null>
  /** Removes the data folder of a system that has stopped. */
  clean(): Promise<void>
}

/** The whole product as `npm start` runs it, ready for calls. Give `DATA_DIR` to start again on the same data. */
export async function startSystem(variables: Variables = {}): Promise<Running> {
  const dataDir = variables.DATA_DIR ?? (await temporaryFolder())
  const port = Number(variables.PORT ?? (await freePort()))
  return start(['lib/server/start.mjs'], dataDir, port, {
    DRAIN_SECONDS: '5',
    ...variables,
    DATA_DIR: dataDir,
    PORT: String(port),
  })
}

/** As `startSystem` on the same data and port, but does not wait: for tests that kill it while it starts. */
export function launchSystem(variables: Variables & { DATA_DIR: string; PORT: string }): Running {
  return launch(['lib/server/start.mjs'], variables.DATA_DIR, Number(variables.PORT), variables)
}

/** `npm run demo` on a data folder of its own. */
export async function startDemo(variables: Variables = {}): Promise<Running> {
  const dataDir = variables.DATA_DIR ?? (await temporaryFolder())
  const port = await freePort()
  return start(['lib/server/start.mjs', '--demo'], dataDir, port, {
    DRAIN_SECONDS: '5',
    ...variables,
    DATA_DIR: dataDir,
    PORT: String(port),
  })
}

/** Next alone, as a serverless platform runs it: the other door to the gateway, on a given database. */
export async function startServerless(variables: Variables & { DATABASE_URL: string }): Promise<Running> {
  const dataDir = await temporaryFolder()
  const port = await freePort()
  const next = ['node_modules/next/dist/bin/next', 'start', '-H', '127.0.0.1', '-p', String(port)]
  return start(next, dataDir, port, { NODE_ENV: 'production', __NEXT_PROCESSED_ENV: 'true', ...variables })
}

async function start(args: string[], dataDir: string, port: number, variables: Variables): Promise<Running> {
  const running = launch(args, dataDir, port, variables)
  try {
    await untilReady(running)
    return running
  } catch (error) {
    await running.stop().catch(() => {})
    if (!variables.DATA_DIR) await running.clean()
    throw error
  }
}

function launch(args: string[], dataDir: string, port: number, variables: Variables): Running {
  const own = Object.fromEntries(inherited.map((name) => [name, process.env[name]]))
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...own, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (printed += text))
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    dataDir,
    process: child,
    output: () => printed,
    stop: () => stop(child, () => printed),
    clean: () => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }),
  }
}

export async function temporaryFolder() {
  const folder = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'akcp-data-'))
  await chmod(folder, 0o755) // PostgreSQL runs as another user when the tests run as root.
  return folder
}

/** Resolves when it takes calls; throws when it ends before. */
export async function untilReady({ address, process: child, output }: Running) {
  const deadline = Date.now() + 120_000
  let last = 'nothing yet'
  while (Date.now() < deadline) {
    if (hasEnded(child))
      throw new Error(`ended with code ${child.exitCode} before it was ready:\n${output()}`)
    try {
      const response = await fetch(`${address}/api/ready`, { signal: AbortSignal.timeout(5000) })
      if (response.ok) return
      last = `${response.status} ${await response.text()}`
    } catch (error) {
      last = String(error)
    }
    await sleep(50)
  }
  throw new Error(`not ready after two minutes; last answer: ${last}\n${output()}`)
}

async function stop(child: ChildProcess, output: () => string): Promise<number | null> {
  if (hasEnded(child)) return child.exitCode
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const inTime = await Promise.race([ended.then(() => true), sleep(60_000, false, { ref: false })])
  if (!inTime) {
    child.kill('SIGKILL')
    throw new Error(`still running a minute after SIGTERM:\n${output()}`)
  }
  return child.exitCode
}

function hasEnded(child: ChildProcess) {
  return child.exitCode !== null || child.signalCode !== null
}
