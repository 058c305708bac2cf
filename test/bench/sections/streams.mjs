/** Streams of 200 events: as a model sends them, one after the other, and all in one go. */
import { spread } from '../figures.mjs'
import { ask } from '../programs.mjs'
import { inRounds, mapOf } from '../rounds.mjs'
import { costsOf } from './json.mjs'
import { addedTo } from './latency.mjs'

const chunks = 200
const kinds = [
  { name: 'burst', paceMs: 0, connections: 16, calls: 1500, rounds: 5 },
  { name: 'paced', paceMs: 5, connections: 32, calls: 96, rounds: 7 },
]

export async function measureStreams(context) {
  const targets = []
  const notServed = {}
  for (const target of context.targets) {
    const complaint = await tryStream(context, target)
    if (complaint) notServed[target.name] = complaint
    else targets.push(target)
  }
  const results = { chunks, notServed }
  for (const { name, ...kind } of kinds) results[name] = await ofKind(context, targets, kind)
  return results
}

/** Why a target serves no streams; null when it does. */
async function tryStream({ callers }, { name, port, path, headers, ledger }) {
  const [{ rawKey, model }] = callers
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${rawKey}`, ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'word' }], stream: true }),
  })
  await answer.text()
  if (ledger) ledger.calls++
  if (answer.ok) return null
  return `${name} answers streams with ${answer.status} on Node ${process.versions.node}`
}

async function ofKind(context, targets, { paceMs, connections, calls, rounds }) {
  const { upstream, say } = context
  const direct = { name: 'direct', port: upstream.port, path: '/v1/chat/completions', headers: {} }
  await ask(upstream.child, { chunks, paceMs })
  const plan = { connections, calls, stream: true, spreadMs: chunks * paceMs }
  const all = await inRounds(context, [direct, ...targets], context.rounds ?? rounds, plan)
  const { direct: directly, ...results } = all
  const costs = costsOf(results)
  const addedFirstByteMs = mapOf(results, (rounds) =>
    addedTo(directly, rounds, ({ firstByte }) => firstByte.p50),
  )
  say(
    `streams of ${chunks} events, ${paceMs > 0 ? `one every ${paceMs} ms` : 'all in one go'}, ${connections} at a time`,
  )
  for (const target of targets) {
    const cost = costs.cpuUs[target.name].median.toFixed(0)
    say(
      `  ${target.name}: ${cost} us of CPU, first byte ${addedFirstByteMs[target.name].median.toFixed(2)} ms later`,
    )
  }
  const directFirstByteMs = spread(directly.map(({ firstByte }) => firstByte.p50))
  return { paceMs, connections, ...costs, directFirstByteMs, addedFirstByteMs }
}
