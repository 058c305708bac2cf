/**
 * `npm start`, and with an argument `npm run dev`, `demo`, `build`, `db:migrate`, `akcp` and `npm test`.
 * Plain JavaScript without dependencies: nothing may be installed or built yet. Checks, binds the port, locks the
 * data folder, installs, builds, and hands over to the bundle of main.ts in this same process.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { buildPortal, bundleServer, install, stopRunning } from './build.mjs'
import { lockDataDir } from './data-lock.mjs'
import { checkDemoDir, markDemoDir, removeDemoDir, setDemoEnvironment } from './demo-dir.mjs'
import { complain, say, step } from './terminal.mjs'

const modes = ['--dev', '--demo', '--build', '--migrate', '--test', '--command']
/** What must be given back when the start fails or is stopped before main.ts has taken over. */
let releaseLock = () => {}

// Left to itself, V8 collects when the heap has grown to four times what lives in it, about 200 MB at full load.
setFlagsFromString('--heap-growing-percent=100')
process.chdir(fileURLToPath(new URL('../..', import.meta.url)))
process.stdout.on('error', () => {}) // the reader of a pipe may go first
process.on('SIGINT', stopEarly).on('SIGTERM', stopEarly).on('SIGHUP', stopEarly)
if (process.env.npm_lifecycle_event) stopWithNpm()
start(process.argv[2], process.argv[3]).catch(giveUp)

/**
 * @param {string | undefined} mode
 * @param {string | undefined} option
 */
async function start(mode, option) {
  checkNode()
  if (mode !== undefined && !modes.includes(mode)) throw new Error(`${mode} is not one of ${modes.join(' ')}`)
  if (mode === '--demo' && option !== undefined && option !== '--reset')
    throw new Error(`${option} is not an option of the demo; there is --reset`)
  if (mode === '--demo') setDemoEnvironment()
  else if (existsSync('.env')) process.loadEnvFile('.env')
  if (mode === '--build' || mode === '--test') return buildOrTest(mode)
  if (mode === '--command') return runCommand()

  const { port, host, dataDir } = readEnvironment()
  if (mode === '--demo') checkDemoDir(dataDir)
  if (mode === '--demo' && option === '--reset') return resetDemo(dataDir)
  const server = mode === '--migrate' ? null : await listen(port, host)
  // A portal keeps nothing on disk, and a migration of a given database touches no data folder.
  const usesDataDir = process.env.ROLE !== 'portal' && !(mode === '--migrate' && process.env.DATABASE_URL)
  if (usesDataDir) releaseLock = lockDataDir(dataDir, addressOf(server))
  if (mode === '--demo') markDemoDir(dataDir)

  await install()
  await bundleServer()
  const main = await import(pathToFileURL(resolve('dist/main.mjs')).href)
  main.checkEnvironment()
  const servesPortal = mode === '--demo' || (mode === undefined && process.env.ROLE !== 'gateway')
  if (servesPortal) await buildPortal()
  process.off('SIGINT', stopEarly).off('SIGTERM', stopEarly).off('SIGHUP', stopEarly)
  await main.run({ mode: mode?.slice(2) ?? 'start', server, releaseLock, terminal: { say, step, complain } })
}

/** @param {string} mode */
async function buildOrTest(mode) {
  await install()
  await bundleServer()
  await buildPortal()
  if (mode === '--build') return
  process.off('SIGINT', stopEarly).off('SIGTERM', stopEarly).off('SIGHUP', stopEarly)
  const tests = spawn(process.execPath, ['test/run.mjs', ...process.argv.slice(3)], { stdio: 'inherit' })
  for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => tests.kill(signal))
  }
  tests.on('exit', (code) => {
    process.exitCode = code ?? 1
  })
}

/** `npm run akcp -- …`: needs no port and no lock, since it works beside what runs. */
async function runCommand() {
  await install()
  await bundleServer()
  const main = await import(pathToFileURL(resolve('dist/main.mjs')).href)
  process.exitCode = await main.command(process.argv.slice(3))
}

/**
 * `npm run demo -- --reset`.
 * @param {string} dataDir
 */
function resetDemo(dataDir) {
  if (!existsSync(dataDir)) return say(`there is no demo in ${dataDir}`)
  releaseLock = lockDataDir(dataDir, 'no port')
  removeDemoDir(dataDir)
  releaseLock()
  say(`removed ${dataDir}`)
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Error(
      `Node ${process.versions.node} is too old: AKCP needs 20.19 or newer (https://nodejs.org)`,
    )
  }
}

/** The three variables that are needed before lib/env.ts can be loaded, which checks them all. */
function readEnvironment() {
  const port = process.env.PORT?.trim() || '3000'
  if (!/^\d+$/.test(port) || Number(port) > 65535) {
    throw new Error('PORT is malformed: expected a whole number from 0 to 65535')
  }
  const host = process.env.HOST?.trim() || '127.0.0.1'
  return { port: Number(port), host, dataDir: resolve(process.env.DATA_DIR?.trim() || './data') }
}

/**
 * Takes the port first, so that a second start ends before it touches anything.
 * @param {number} port
 * @param {string} host
 * @returns {Promise<import('node:http').Server>}
 */
function listen(port, host) {
  // How often the server looks for requests that arrive too slowly; half a minute by default.
  const server = createServer({ connectionsCheckingInterval: 2500 }, answerWhileStarting)
  return new Promise((done, fail) => {
    server.once('error', (error) => fail(new Error(cannotListen(error, port, host))))
    server.listen(port, host === '*' ? undefined : host.replace(/^\[|\]$/g, ''), () => {
      server.removeAllListeners('error')
      done(server)
    })
  })
}

/**
 * @param {NodeJS.ErrnoException} error
 * @param {number} port
 * @param {string} host
 */
function cannotListen(error, port, host) {
  if (error.code === 'EADDRINUSE') {
    return `port ${port} on ${host} is already in use: stop what uses it, or take another one: PORT=${port + 1} npm start`
  }
  if (error.code === 'EACCES')
    return `port ${port} needs more rights: take one from 1024, for example PORT=3000`
  return `HOST is malformed: expected an address or name of this machine, not ${host} (${error.code})`
}

/** @param {import('node:http').Server | null} server */
function addressOf(server) {
  const bound = server?.address()
  return bound && typeof bound === 'object' ? `port ${bound.port}` : 'no port'
}

/** @type {import('node:http').RequestListener} */
function answerWhileStarting(request, response) {
  const path = request.url?.split('?')[0] ?? ''
  const json = { 'content-type': 'application/json' }
  if (['/api/health', '/health', '/healthz'].includes(path)) {
    response.writeHead(200, json).end('{"status":"ok"}')
  } else if (path === '/api/ready') {
    response.writeHead(503, { ...json, 'retry-after': '5' }).end('{"ready":false,"reasons":["starting"]}')
  } else {
    const error = {
      message: 'AKCP is starting.',
      type: 'api_error',
      code: 'service_unavailable',
      param: null,
      request_id: null,
      request_url: null,
      hint: 'Try again in a few seconds; /api/ready answers 200 when it is up.',
    }
    response.writeHead(503, { ...json, 'retry-after': '5' }).end(JSON.stringify({ error }))
  }
}

/** npm runs us through a shell: a signal that ends one of the two does not always reach us. */
function stopWithNpm() {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 500)
  timer.unref()
}

function stopEarly() {
  stopRunning()
  giveUp(new Error('stopped before it was up'))
}

/**
 * @param {unknown} error
 * @returns {never}
 */
function giveUp(error) {
  complain(error)
  releaseLock()
  process.exit(1)
}
