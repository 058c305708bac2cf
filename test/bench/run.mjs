/**
 * `npm run bench`: what a call costs through the gateway with everything on, beside bare relays, Portkey and our own
 * Next door, in alternating rounds of one run. Needs a build, which `npm run bench` makes. README.md says what is
 * measured and how.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cores, endAll, root, startChild } from './programs.mjs'
import { markdown, number, replacePart, verdicts } from './report.mjs'
import { measureAppKeys } from './sections/app-keys.mjs'
import { measureJson } from './sections/json.mjs'
import { measureLatency } from './sections/latency.mjs'
import { measureSoak } from './sections/soak.mjs'
import { measureStreams } from './sections/streams.mjs'
import { measureThroughput } from './sections/throughput.mjs'
import { startGateway } from './targets/gateway.mjs'
import { startNextDoor } from './targets/next-door.mjs'
import { startPortkey } from './targets/portkey.mjs'
import { startRelay } from './targets/relay.mjs'

const sections = ['json', 'latency', 'throughput', 'streams', 'app-keys', 'soak']
const say = console.log
const flags = readFlags()
const chosen = flags.only?.split(',') ?? (flags.quick ? ['json', 'streams'] : sections)
check()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => endAll().finally(() => process.exit(1)))
}
try {
  await main()
} finally {
  await endAll()
}

async function main() {
  const results = { machine: machine(), notes: [] }
  say(`${results.machine.cores} cores of ${results.machine.cpu}, Node ${results.machine.node}`)
  if (cores) say(`what is measured runs on core ${cores.target}, everything else on ${cores.others}`)
  const context = await start(results.notes)
  const runs = {
    json: async () =>
      Object.assign(results, { json: await measureJson(context), memory: memory(context.targets) }),
    latency: async () => Object.assign(results, { latency: await measureLatency(context) }),
    throughput: async () => Object.assign(results, { throughput: await measureThroughput(context) }),
    streams: async () => Object.assign(results, { streams: await measureStreams(context) }),
    'app-keys': async () => Object.assign(results, { appKeys: await measureAppKeys(context) }),
    soak: async () => Object.assign(results, { soak: await measureSoak(context, Number(flags.soak)) }),
  }
  for (const name of chosen) await runs[name]()
  results.notes.push(...Object.values(results.streams?.notServed ?? {}))
  await report(results, context.gateway)
}

async function start(notes) {
  const upstream = await startChild('upstream.mjs', [], 'others')
  const { child: load } = await startChild('load.mjs', [], 'others')
  say('starting the gateway with 1,000 apps, 20 keys and 4 pools')
  const gateway = await startGateway({
    upstreamPort: upstream.port,
    apps: 1000,
    appKeys: 1000,
    callers: 100,
    profile: flags.profile,
  })
  const relays = [await startRelay('request', upstream.port), await startRelay('dispatch', upstream.port)]
  const others = flags.quick
    ? []
    : [await portkeyIfThere(upstream.port, notes), await startNextDoor(upstream.port, gateway)]
  return {
    upstream,
    load,
    gateway,
    callers: gateway.callers,
    targets: [gateway, ...relays, ...others.filter(Boolean)],
    rounds: flags.rounds && Number(flags.rounds),
    quick: flags.quick,
    say,
  }
}

async function portkeyIfThere(upstreamPort, notes) {
  try {
    return await startPortkey(upstreamPort)
  } catch (error) {
    notes.push('Portkey could not be fetched from npm and is left out')
    say(`${notes.at(-1)}: ${error.message}`)
    return null
  }
}

/** Megabytes of each target now. */
function memory(targets) {
  return Object.fromEntries(targets.map(({ name, memory }) => [name, Math.round(memory() / 1024 / 1024)]))
}

async function report(results, gateway) {
  const { calls, inDatabase } = await gateway.allRows()
  say(`\nrows in the ledger: ${inDatabase} of ${calls} calls`)
  results.ledger = { calls, rows: inDatabase }
  results.targets = verdicts(results)
  for (const { target, bound, figure, met } of results.targets) {
    if (met !== null) say(`${met ? 'met   ' : 'MISSED'}  ${target}: ${number(figure)} (${bound})`)
  }
  const file = join(root, flags.write ? 'test/bench/results.json' : 'dist/bench-results.json')
  writeFileSync(file, `${JSON.stringify(results, rounded, 2)}\n`)
  say(`all figures: ${file}`)
  if (!flags.write) return
  const readme = join(root, 'README.md')
  writeFileSync(readme, replacePart(readFileSync(readme, 'utf8'), markdown(results)))
}

function rounded(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value
}

function machine() {
  const [{ model }] = cpus()
  const git = (...args) => {
    try {
      return execFileSync('git', args, {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim()
    } catch {
      return null
    }
  }
  const changed = git('status', '--porcelain', '--', 'lib', 'app', 'drizzle', 'package-lock.json')
  return {
    cpu: model.trim(),
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    date: new Date().toISOString(),
    commit: `${git('rev-parse', '--short', 'HEAD') ?? 'unknown'}${changed ? ' with changes' : ''}`,
    ownCore: cores !== null,
    /** Of the minute before: what else the machine had to do. */
    loadBefore: loadavg()[0],
  }
}

function readFlags() {
  const options = {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    soak: { type: 'string', default: '10' },
    profile: { type: 'string' },
    write: { type: 'boolean', default: false },
  }
  try {
    return parseArgs({ options }).values
  } catch (error) {
    return giveUp(error.message)
  }
}

function check() {
  const unknown = chosen.find((name) => !sections.includes(name))
  if (unknown !== undefined) giveUp(`${unknown} is not one of ${sections.join(' ')}`)
  for (const name of ['rounds', 'soak']) {
    if (flags[name] !== undefined && !(Number(flags[name]) > 0)) giveUp(`--${name} takes a number above 0`)
  }
  if (flags.write && (flags.only || flags.quick))
    giveUp('--write publishes a whole run: not with --only or --quick')
}

function giveUp(message) {
  console.error(message)
  process.exit(2)
}
