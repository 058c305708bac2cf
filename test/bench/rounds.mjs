/** How everything here is measured: in rounds, in each of which every target has its turn. */
import { setTimeout as sleep } from 'node:timers/promises'
import { orderOf } from './figures.mjs'
import { ask } from './programs.mjs'

/** Before and after a measurement, so that work left over (rows for the database) counts for the calls that made it. */
const quietMs = 300

/**
 * Calls through one target and what they took: `calls`, `seconds`, `latency` and `firstByte` (p50, p95, p99 in
 * milliseconds), `cpuUs` of the target and `databaseUs` of its PostgreSQL, both per call.
 * `plan`: `connections`, `calls` or `seconds`, `promptBytes`, `stream`, `spreadMs`.
 */
export async function measure({ load, callers }, target, plan) {
  const { port, path, headers, share = 1, ledger } = target
  const calls = plan.calls && Math.max(plan.connections, Math.round(plan.calls * share))
  const whole = { promptBytes: 1000, callers: target.callers ?? callers, ...plan, calls, port, path, headers }
  await sleep(quietMs)
  const before = costsOf(target)
  const { result } = await ask(load, whole)
  const endedAt = performance.now()
  await sleep(quietMs)
  const after = costsOf(target)
  if (ledger) ledger.calls += result.calls
  const perCall = (name) => (after[name] - before[name]) / result.calls
  return { ...result, endedAt, cpuUs: perCall('cpu'), databaseUs: perCall('database') }
}

function costsOf({ cpu, databaseCpu }) {
  return { cpu: cpu?.(), database: databaseCpu?.() }
}

/** The results of all rounds by target; one more round goes first, to warm up, and is forgotten. */
export async function inRounds(context, targets, rounds, plan, say) {
  const results = Object.fromEntries(targets.map(({ name }) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    for (const target of orderOf(targets, Math.abs(round))) {
      const result = await measure(context, target, plan)
      if (round >= 0) results[target.name].push(result)
    }
    if (round >= 0) say?.(round + 1, results)
  }
  return results
}

/** One figure of all rounds, by target. */
export function pick(results, figure) {
  return mapOf(results, (rounds) => rounds.map(figure))
}

export function mapOf(values, change) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value, name)]))
}
