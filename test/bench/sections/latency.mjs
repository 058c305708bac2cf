/** How much longer a call takes than one that goes to the upstream directly. */
import { differences, ratios, spread } from '../figures.mjs'
import { inRounds, mapOf, pick } from '../rounds.mjs'

const levels = [
  { connections: 1, calls: 1500, rounds: 7 },
  { connections: 16, calls: 4000, rounds: 5 },
  { connections: 64, calls: 4000, rounds: 5 },
]

export async function measureLatency(context) {
  const results = []
  for (const level of levels) results.push(await atLevel(context, level))
  return results
}

async function atLevel(context, { connections, calls, rounds }) {
  const { targets, upstream, say } = context
  const direct = { name: 'direct', port: upstream.port, path: '/v1/chat/completions', headers: {} }
  const plan = { connections, calls }
  const results = await inRounds(context, [direct, ...targets], context.rounds ?? rounds, plan)
  const shares = ['p50', 'p95', 'p99']
  const { direct: directly, ...others } = results
  const added = mapOf(others, (rounds) =>
    Object.fromEntries(shares.map((p) => [p, addedTo(directly, rounds, ({ latency }) => latency[p])])),
  )
  const p50 = pick(results, ({ latency }) => latency.p50)
  const more = (name) => p50[name].map((value, round) => value - p50.direct[round])
  say(`added latency, ${connections} connections (directly ${spread(p50.direct).median.toFixed(2)} ms)`)
  for (const [name, of] of Object.entries(added)) {
    say(`  ${name}: ${shares.map((p) => `${p} ${of[p].median.toFixed(2)} ms`).join(', ')}`)
  }
  return {
    connections,
    rounds: p50.direct.length,
    directP50Ms: spread(p50.direct),
    addedMs: added,
    cpuUs: mapOf(
      pick(others, ({ cpuUs }) => cpuUs),
      spread,
    ),
    gatewayTimesRequestRelayP50: ratios(more('gateway'), more('request relay')),
  }
}

/** Milliseconds more than directly, in the rounds of both. */
export function addedTo(direct, target, figure) {
  return differences(target.map(figure), direct.map(figure))
}
