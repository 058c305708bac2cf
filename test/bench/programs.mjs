/** The processes of the bench: started, read from outside (processor time, memory), and all of them ended. */
import { execFileSync, fork, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The core of what is measured, and those of everything else; null where processes cannot be bound to cores. */
export const cores = canPin() ? { target: '0', others: othersOf(availableParallelism()) } : null

const ends = []
let ending = null

/** Called when the bench ends, however it ends; the last one first. */
export function atEnd(end) {
  ends.push(end)
}

export function endAll() {
  ending ??= (async () => {
    while (ends.length > 0)
      await Promise.resolve(ends.pop())
        .then((end) => end())
        .catch(console.error)
  })()
  return ending
}

/** A program of the bench, which ends with it and whose first message says where it listens. */
export async function startChild(file, args, core) {
  const child = fork(new URL(file, import.meta.url), args)
  atEnd(() => {
    child.kill()
  })
  const first = await firstMessage(child)
  pin([child.pid], core)
  return { child, ...first }
}

/** Sends a message and waits for the answer; throws the error that it brings. */
export async function ask(child, message) {
  const answer = firstMessage(child)
  child.send(message)
  const { error, ...rest } = await answer
  if (error) throw new Error(error)
  return rest
}

function firstMessage(child) {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('a process of the bench ended before it answered'))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message)
    })
  })
}

/** A program of its own, started and stopped from outside; waits until `readyPath` answers. */
export async function startProgram({
  name,
  args,
  env,
  port,
  readyPath,
  stdout = 'ignore',
  stderr = 'inherit',
}) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', stdout, stderr],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
  })
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const stop = async () => {
    if (hasEnded()) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), 60_000)
    await ended
    clearTimeout(kill)
  }
  atEnd(stop)
  for (let wait = 0; wait < 1200; wait++) {
    if (hasEnded()) throw new Error(`${name} ended before it was ready`)
    const answer = await fetch(`http://127.0.0.1:${port}${readyPath}`).catch(() => null)
    if (answer?.ok) return { pid: child.pid, stop }
    await sleep(100)
  }
  throw new Error(`${name} was not ready in two minutes`)
}

/** Binds all threads of processes, and what these start from now on, to the core of the target or to the others. */
export function pin(pids, core) {
  if (!cores) return
  for (const pid of pids) {
    execFileSync('taskset', ['-a', '-c', '-p', cores[core], String(pid)], { stdio: 'ignore' })
  }
}

/** Microseconds of processor time so far, of user and system together, with that of children that have ended. */
export function cpuOf(pids) {
  return pids.reduce((sum, pid) => sum + (process.platform === 'linux' ? cpuOfProc(pid) : cpuOfPs(pid)), 0)
}

/** The kernel counts nanoseconds for each thread, hundredths of a second for children that have ended. */
function cpuOfProc(pid) {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ')
    const ofChildren = (Number(afterName[13]) + Number(afterName[14])) * 10_000
    return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
      const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
      return sum + Number(nanoseconds) / 1000
    }, ofChildren)
  } catch {
    return 0 // It has ended just now.
  }
}

/** Microseconds that the main thread of a process was ready to run, but its core was not free; NaN where nobody counts. */
export function waitOf(pid) {
  if (process.platform !== 'linux') return Number.NaN
  const [, nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(nanoseconds) / 1000
}

/** `[[hours:]minutes:]seconds.hundredths` */
function cpuOfPs(pid) {
  const text = execFileSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' })
  return text.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0) * 1e6
}

/** Bytes of memory in use (resident set). */
export function memoryOf(pid) {
  const text = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })
  return Number(text) * 1024
}

/** The process and everything that it started, with children's children. */
export function familyOf(pid) {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number))
  const family = [pid]
  for (const member of family) {
    family.push(...pairs.filter(([, parent]) => parent === member).map(([child]) => child))
  }
  return family
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function othersOf(count) {
  return count === 2 ? '1' : `1-${count - 1}`
}

function canPin() {
  if (availableParallelism() < 2) return false
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
