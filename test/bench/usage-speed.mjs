/**
 * How long usage, requests and their pages take on a ledger of `generate-rows.mjs`, and how much memory a download of a
 * million rows needs: `node test/bench/usage-speed.mjs FOLDER [RUNS]`. Needs a build. The whole product runs, over HTTP,
 * one question at a time.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const [folder, runs = '20'] = process.argv.slice(2)
if (!folder || !existsSync(join(folder, 'postgres'))) {
  console.error(
    'usage: node test/bench/usage-speed.mjs FOLDER [RUNS], with a FOLDER that generate-rows.mjs has filled',
  )
  process.exit(2)
}
const root = fileURLToPath(new URL('../..', import.meta.url))
const adminToken = 'bench-admin-token-0123456789'
const owner = { email: 'owner@bench.example', password: 'bench owner password 0123' }
const dayMs = 86_400_000
const dimensions =
  'tenant project feature app model key pool provider environment endpoint error_class'.split(' ')
const pairs = dimensions.flatMap((one, index) =>
  dimensions.slice(index + 1).map((other) => `${one},${other}`),
)
const system = await start()
try {
  const end = Date.parse((await admin('/requests?limit=1')).data[0].ts)
  await measureAll(end, await signIn())
  // Memory must not grow with the number of rows.
  for (const days of [1, 3, 9, 18]) await download(end, days)
} finally {
  system.process.kill('SIGTERM')
  await new Promise((resolve) => system.process.once('exit', resolve))
}

async function measureAll(end, cookie) {
  const range = (days) => `from=${iso(end - days * dayMs)}&to=${iso(end)}`
  const apps = (await admin('/apps?limit=20')).data
  const questions = {}
  for (const days of [1, 7, 30, 90]) {
    for (const groups of ['', 'app', 'model', 'key', 'tenant', 'app,model', 'day', 'app,day']) {
      questions[`usage ${days} d by ${groups || 'nothing'}`] = `/usage?${range(days)}&group_by=${groups}`
    }
    questions[`usage ${days} d of an app by model`] = `/usage?${range(days)}&group_by=model&app=${apps[3].id}`
    questions[`usage ${days} d by feature,key`] = `/usage?${range(days)}&group_by=feature,key`
  }
  questions['usage 7 d by hour'] = `/usage?${range(7)}&group_by=hour`
  questions['usage 30 d by hour'] = `/usage?${range(30)}&group_by=hour`
  const lists = {
    requests: '',
    'requests of an app': `app=${apps[3].id}`,
    'requests of an app by name': `app=${encodeURIComponent(apps[17].name)}`,
    'requests of a key': 'key=key+7',
    'requests of a tenant': 'tenant=tenant-3',
    'requests of a model': 'model=model-29',
    'failed requests': 'error_class=timeout',
    'requests that failed': 'outcome=error',
    'requests of 60 days ago': `to=${iso(end - 60 * dayMs)}`,
  }
  for (const [name, filter] of Object.entries(lists)) questions[name] = `/requests?limit=50&${filter}`
  questions.budgets = '/budgets'
  questions['keys with their use'] = '/keys'
  const pages = {
    'usage page, 24 h': '/usage',
    'usage page, 7 d': '/usage?range=7d',
    'usage page, 30 d': '/usage?range=30d',
    'usage page, 90 d': `/usage?from=${iso(end - 90 * dayMs)}`,
    'usage page, 90 d by app and model': `/usage?by=app&and=model&from=${iso(end - 90 * dayMs)}`,
    'usage page, 90 d by feature and key': `/usage?by=feature&and=key&from=${iso(end - 90 * dayMs)}`,
    'usage page, 90 d, p95 of keys': `/usage?by=key&measure=p95&from=${iso(end - 90 * dayMs)}`,
    'requests page': '/usage/requests',
    overview: '/overview',
    'overview, 30 d': '/overview?range=30d',
    'keys page': '/keys',
    'apps page': '/apps',
  }
  console.log(`${'ms'.padEnd(38)}    p50    p95  first`)
  for (const [name, path] of Object.entries(questions)) await measure(name, () => admin(path))
  for (const days of [1, 90]) {
    await measureEach(`usage ${days} d by any two`, pairs, (pair) =>
      admin(`/usage?${range(days)}&group_by=${pair}`),
    )
  }
  for (const [name, path] of Object.entries(pages)) await measure(name, () => page(path, cookie))
}

/** The first two answers only warm things up; how long the very first took is shown beside the rest. */
async function measure(name, ask) {
  await measureEach(name, [null], ask)
}

/** The same of several questions as one: of p50 and p95 those of the slowest of them. */
async function measureEach(name, questions, ask) {
  const all = []
  for (const question of questions) {
    const times = []
    for (let run = -2; run < Number(runs); run++) {
      const start = performance.now()
      await ask(question)
      times.push(performance.now() - start)
    }
    const [first, , ...warm] = times
    warm.sort((a, b) => a - b)
    const share = (part) => warm[Math.ceil(part * warm.length) - 1]
    all.push({ question, p50: share(0.5), p95: share(0.95), first })
  }
  const slowest = (figure) =>
    Math.max(...all.map((one) => one[figure]))
      .toFixed(0)
      .padStart(6)
  const worst = all.toSorted((a, b) => b.p50 - a.p50)[0].question
  console.log(
    `${name.padEnd(38)} ${slowest('p50')} ${slowest('p95')} ${slowest('first')}${worst ? `  (slowest: ${worst})` : ''}`,
  )
}

/** Rows as CSV, read as they come; the portal makes them. */
async function download(end, days) {
  const pid = portalPid()
  const before = residentMb(pid)
  const start = performance.now()
  const response = await call(`/api/admin/requests.csv?from=${iso(end - days * dayMs)}&to=${iso(end)}`)
  let [bytes, lines, most] = [0, 0, before]
  for await (const chunk of response.body) {
    bytes += chunk.length
    for (const byte of chunk) if (byte === 10) lines++
    most = Math.max(most, residentMb(pid))
  }
  const seconds = (performance.now() - start) / 1000
  console.log(
    `CSV: ${lines - 1} rows, ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(0)} s; the portal's memory ${before} MB before, ${most} MB at most`,
  )
}

/** The child of the system that runs Next. */
function portalPid() {
  const children = readFileSync(`/proc/${system.process.pid}/task/${system.process.pid}/children`, 'utf8')
  const found = children
    .trim()
    .split(' ')
    .find((pid) => /next|portal/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')))
  if (!found) throw new Error('the portal process was not found')
  return found
}

function residentMb(pid) {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
}

async function signIn() {
  const csrf = await fetch(`${system.address}/api/auth/csrf`)
  const { csrfToken } = await csrf.json()
  const answer = await fetch(`${system.address}/api/auth/callback/credentials`, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      cookie: cookiesOf(csrf),
      origin: system.address,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ csrfToken, ...owner, json: 'true' }),
  })
  return `${cookiesOf(csrf)}; ${cookiesOf(answer)}`
}

function cookiesOf(response) {
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')
}

async function page(path, cookie) {
  const response = await fetch(system.address + path, { headers: { cookie }, redirect: 'manual' })
  const text = await response.text()
  if (response.status !== 200 || text.includes('name="password"')) {
    throw new Error(`${path} answered ${response.status}: is the sign-in right?`)
  }
}

async function admin(path) {
  return await (await call(`/api/admin${path}`)).json()
}

async function call(path) {
  const response = await fetch(system.address + path, { headers: { authorization: `Bearer ${adminToken}` } })
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return response
}

async function start() {
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const started = spawn(process.execPath, ['lib/server/start.mjs'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: String(port),
      DATA_DIR: folder,
      AKCP_ADMIN_TOKEN: adminToken,
      AKCP_OWNER_EMAIL: owner.email,
      AKCP_OWNER_PASSWORD: owner.password,
      AKCP_SECRET_BENCH: 'sk-bench-0123456789',
      LOG_LEVEL: 'error',
    },
  })
  for (let wait = 0; wait < 1200; wait++) {
    if (started.exitCode !== null) throw new Error('the system ended before it was ready')
    const ready = await fetch(`${address}/api/ready`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return { process: started, address }
    await sleep(100)
  }
  throw new Error('the system was not ready in two minutes')
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function iso(time) {
  return new Date(time).toISOString()
}
