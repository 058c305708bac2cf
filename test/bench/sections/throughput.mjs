/** How many calls a second one core serves, and how long rows then wait for the database. */
import { setTimeout as sleep } from 'node:timers/promises'
import { spread } from '../figures.mjs'
import { cpuOf } from '../programs.mjs'
import { inRounds, mapOf, measure, pick } from '../rounds.mjs'

const connections = 64
const seconds = 8
const sampleMs = 250

export async function measureThroughput(context) {
  const { targets, say } = context
  const results = await inRounds(context, targets, context.rounds ?? 3, { connections, seconds })
  const rates = pick(results, (result) => result.calls / result.seconds)
  const callsPerSecond = mapOf(rates, spread)
  say(`calls a second on one core, ${connections} connections`)
  for (const [name, { median }] of Object.entries(callsPerSecond)) say(`  ${name}: ${median.toFixed(0)}`)
  const watched = await watch(context, { connections, seconds: 2 * seconds })
  say(
    `  gateway, watched: ${(watched.calls / watched.seconds).toFixed(0)}; rows waited ${watched.lagSeconds.toFixed(2)} s at most, ${watched.rows.inDatabase} rows of ${watched.rows.calls} calls ${watched.rows.afterSeconds.toFixed(2)} s after the last`,
  )
  say(
    `  processor time a second: ${Object.entries(watched.busy)
      .map(([name, share]) => `${name} ${share.toFixed(2)} s`)
      .join(', ')}`,
  )
  return { connections, callsPerSecond, gateway: watched }
}

/** The gateway at full speed, while the longest wait of a row is looked at; `sample` is called now and then. */
export async function watch(context, plan, sample = () => {}) {
  const { gateway, load, upstream } = context
  const programs = {
    gateway: gateway.cpu,
    'gateway waiting for its core': gateway.waiting,
    PostgreSQL: gateway.databaseCpu,
    upstream: () => cpuOf([upstream.child.pid]),
    load: () => cpuOf([load.pid]),
  }
  const before = mapOf(programs, (cpu) => cpu())
  let running = true
  const loading = measure(context, gateway, plan).finally(() => {
    running = false
  })
  let [lagSeconds, backlog] = [0, 0]
  while (running) {
    const figures = await gateway.metrics()
    lagSeconds = Math.max(lagSeconds, figures('akcp_ledger_lag_seconds'))
    backlog = Math.max(backlog, figures('akcp_journal_backlog'))
    sample()
    await sleep(sampleMs)
  }
  const { calls, seconds, endedAt } = await loading
  const busy = mapOf(programs, (cpu, name) => (cpu() - before[name]) / 1e6 / seconds)
  return { calls, seconds, lagSeconds, backlog, busy, rows: await gateway.allRows(endedAt) }
}
