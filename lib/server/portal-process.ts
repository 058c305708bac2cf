/** The portal (Next) as a child process on loopback, started again whenever it dies. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port'
import { canRead, type Identity, isRoot, portalIdentity } from './identity'

const nextProgram = 'node_modules/next/dist/bin/next'
const startLimitMs = 60_000
const firstPauseMs = 250
const longestPauseMs = 10_000
/** One that has lived this long has not failed at its start: the next pause is short again. */
const healthyMs = 30_000
const stopLimitMs = 5000

export type Portal = {
  /** Where it listens, or null while it is down. */
  url: () => string | null
  /** Resolves when it has answered for the first time, or has had its time to. */
  started: Promise<boolean>
  stop(hurry?: AbortSignal): Promise<void>
}

type State = { child: ChildProcess | null; url: string | null; stopping: AbortController }

export function startPortal(environment: NodeJS.ProcessEnv, say: (line: string) => void): Portal {
  const state: State = { child: null, url: null, stopping: new AbortController() }
  const identity = chooseIdentity(say)
  let reportStarted = (_up: boolean) => {}
  const started = new Promise<boolean>((resolve) => {
    reportStarted = resolve
    setTimeout(() => resolve(false), startLimitMs).unref()
  })
  const ended = keepRunning(state, environment, identity, say, () => reportStarted(true))
  return {
    url: () => state.url,
    started,
    stop: (hurry) => stop(state, ended, hurry),
  }
}

async function keepRunning(
  state: State,
  environment: NodeJS.ProcessEnv,
  identity: Identity | null,
  say: (line: string) => void,
  onUp: () => void,
): Promise<void> {
  const { signal } = state.stopping
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const start = Date.now()
    const port = await freePort()
    if (signal.aborted) return
    const child = spawnNext(port, environment, identity)
    state.child = child
    const exit = once(child, 'exit').catch((error) => [error.message])
    const url = `http://127.0.0.1:${port}`
    if (await answers(url, child)) {
      state.url = url
      onUp()
    } else child.kill('SIGKILL')
    const [code, signalName] = await exit
    state.url = null
    state.child = null
    if (signal.aborted) return
    if (Date.now() - start > healthyMs) pauseMs = firstPauseMs
    say(`the portal ended (${signalName ?? code}); starting it again`)
    await sleep(pauseMs, null, { signal, ref: false }).catch(() => {})
  }
}

function spawnNext(port: number, environment: NodeJS.ProcessEnv, identity: Identity | null): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      ...['--import', './lib/server/portal-guard.mjs', nextProgram, 'start'],
      // Longer than the front keeps a connection open, so that it never writes to one that is being closed.
      ...['-H', '127.0.0.1', '-p', String(port), '--keepAliveTimeout', '75000'],
    ],
    {
      env: identity ? { ...environment, HOME: tmpdir() } : environment,
      ...identity,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C goes to the whole foreground group; the portal must outlive it until the gateway has drained.
      detached: process.platform !== 'win32',
      windowsHide: true,
    },
  )
  // Its log lines are JSON; what Next prints around them names an address that is of no use to anyone.
  if (child.stdout) {
    createInterface(child.stdout).on('line', (line) => {
      if (line.startsWith('{')) process.stdout.write(`${line}\n`)
    })
  }
  child.stderr?.on('data', (chunk) => process.stderr.write(chunk))
  return child
}

/** Resolves when it has answered anything; false when it ended or its time is up. */
async function answers(url: string, child: ChildProcess): Promise<boolean> {
  const start = Date.now()
  while (
    child.exitCode === null &&
    child.signalCode === null &&
    child.pid &&
    Date.now() - start < startLimitMs
  ) {
    if (await ping(url)) return true
    await sleep(50)
  }
  return false
}

function ping(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/api/health`, { agent: false, timeout: 5000 }, (response) => {
      response.resume()
      resolve(true)
    })
    request.on('error', () => resolve(false)).on('timeout', () => request.destroy())
  })
}

async function stop(state: State, ended: Promise<void>, hurry?: AbortSignal): Promise<void> {
  state.stopping.abort()
  state.child?.kill(hurry?.aborted ? 'SIGKILL' : 'SIGTERM')
  const kill = () => state.child?.kill('SIGKILL')
  const timer = setTimeout(kill, stopLimitMs)
  hurry?.addEventListener('abort', kill, { once: true })
  await ended
  clearTimeout(timer)
}

/** As root the portal gets a user of its own, who reads neither our secrets nor the database's files. */
function chooseIdentity(say: (line: string) => void): Identity | null {
  if (!isRoot()) return null
  const needed = [
    'package.json',
    nextProgram,
    'lib/server/portal-guard.mjs',
    '.next/BUILD_ID',
    '.next/server',
  ]
  const closed = [process.execPath, ...needed].find(
    (path) => existsSync(path) && !canRead(path, portalIdentity),
  )
  if (!closed) return portalIdentity
  say(
    `warning: the portal runs as root, because its own user (${portalIdentity.uid}) cannot read ${closed}; move AKCP to a folder that everyone may enter, or start it as a normal user`,
  )
  return null
}
