/**
 * CPU per call through the gateway as `npm start` runs it (keys, routing, metering, ledger in PostgreSQL, a log line
 * per call), beside a bare relay, in alternating rounds of one run. Needs a build: `npm run bench` makes it.
 */
import { fork, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'

const rounds = Number(process.argv[2] ?? 5)
const callsPerRound = Number(process.argv[3] ?? 3000)
/** A folder for a CPU profile of the gateway, when wanted. */
const profile = process.argv[4]
const connections = 16
const adminToken = 'bench-admin-token-0123456789'
const root = fileURLToPath(new URL('../..', import.meta.url))
const prompt = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'word '.repeat(200) }] }
const body = JSON.stringify(prompt)

const upstream = await child('upstream.mjs')
const upstreamUrl = `http://127.0.0.1:${upstream.port}`
const relay = await child('relay.mjs', upstreamUrl)
const folder = mkdtempSync(join(tmpdir(), 'akcp-bench-'))
chmodSync(folder, 0o755)
const gateway = await startGateway()
try {
  await measure()
} finally {
  gateway.process.kill('SIGTERM')
  await new Promise((resolve) => gateway.process.once('exit', resolve))
  rmSync(folder, { recursive: true, force: true })
  upstream.process.kill()
  relay.process.kill()
}

async function measure() {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await registerApp()}` }
  const targets = {
    relay: { pool: new Pool(`http://127.0.0.1:${relay.port}`, { connections }), cpu: () => relayCpu() },
    gateway: { pool: new Pool(gateway.address, { connections }), cpu: () => gatewayCpu() },
  }
  const path = { relay: '/v1/chat/completions', gateway: '/api/v1/chat/completions' }
  for (const name of Object.keys(targets)) await load(targets[name].pool, path[name], headers, 2000)
  const ratios = []
  console.log(
    `${rounds} rounds of ${callsPerRound} calls each, ${connections} connections, ${body.length} bytes a prompt`,
  )
  for (let round = 1; round <= rounds; round++) {
    const cost = {}
    for (const name of round % 2 ? ['relay', 'gateway'] : ['gateway', 'relay']) {
      const { pool, cpu } = targets[name]
      const before = await cpu()
      await load(pool, path[name], headers, callsPerRound)
      cost[name] = ((await cpu()) - before) / callsPerRound
    }
    ratios.push(cost.gateway / cost.relay)
    console.log(
      `round ${round}: relay ${cost.relay.toFixed(0)} us, gateway ${cost.gateway.toFixed(0)} us of CPU per call, ratio ${ratios.at(-1).toFixed(2)}`,
    )
  }
  const sorted = ratios.toSorted((a, b) => a - b)
  console.log(
    `gateway / relay: median ${sorted[Math.floor(sorted.length / 2)].toFixed(2)} (lowest ${sorted[0].toFixed(2)}, highest ${sorted.at(-1).toFixed(2)})`,
  )
  const rows = await admin('GET', '/usage?group_by=app')
  console.log(`rows in the ledger: ${rows.totals.requests} of ${2000 + rounds * callsPerRound} calls`)
  await Promise.all(Object.values(targets).map(({ pool }) => pool.destroy()))
}

async function load(pool, path, headers, calls) {
  let left = calls
  const worker = async () => {
    while (left-- > 0) {
      const answer = await pool.request({ path, method: 'POST', headers, body })
      await answer.body.dump()
      if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
}

async function registerApp() {
  await admin('POST', '/providers', { preset: 'openai', base_url: `${upstreamUrl}/v1` })
  for (let key = 1; key <= 3; key++) {
    await admin('POST', '/keys', {
      provider: 'openai',
      name: `key ${key}`,
      secret: `sk-bench-${key}-0123456789`,
    })
  }
  const app = await admin('POST', '/apps', { name: 'bench' })
  return (await admin('POST', `/apps/${app.id}/keys`, { name: 'bench' })).raw_key
}

async function admin(method, path, value) {
  const response = await fetch(`${gateway.address}/api/admin${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: value && JSON.stringify(value),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer
}

/** Microseconds of CPU so far. */
async function relayCpu() {
  const answer = new Promise((resolve) => relay.process.once('message', resolve))
  relay.process.send('cpu')
  const { user, system } = await answer
  return user + system
}

async function gatewayCpu() {
  // Rows that still wait for the database belong to the calls before.
  await new Promise((resolve) => setTimeout(resolve, 300))
  const text = await (await fetch(`${gateway.address}/api/metrics`)).text()
  return Number(/^process_cpu_seconds_total ([\d.e+-]+)/m.exec(text)[1]) * 1e6
}

async function startGateway() {
  const port = await freePort()
  const started = spawn(
    process.execPath,
    [...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []), 'lib/server/start.mjs'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: String(port),
        DATA_DIR: join(folder, 'data'),
        AKCP_ADMIN_TOKEN: adminToken,
        AKCP_ALLOW_PRIVATE_ORIGINS: `127.0.0.1:${upstream.port}`,
      },
    },
  )
  const address = `http://127.0.0.1:${port}`
  for (let wait = 0; wait < 1200; wait++) {
    if (started.exitCode !== null) throw new Error('the gateway ended before it was ready')
    if (
      await fetch(`${address}/api/ready`).then(
        (response) => response.ok,
        () => false,
      )
    )
      return { process: started, address }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the gateway was not ready in two minutes')
}

async function child(file, ...args) {
  const started = fork(new URL(file, import.meta.url), args)
  const { port } = await new Promise((resolve) => started.once('message', resolve))
  return { process: started, port }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
