/** Processor time per JSON call, with short and long prompts. */
import { ratios, spread } from '../figures.mjs'
import { inRounds, mapOf, pick } from '../rounds.mjs'

const connections = 16
const prompts = [
  { promptBytes: 1000, calls: 5000, rounds: 9 },
  { promptBytes: 10_000, calls: 3000, rounds: 5 },
  { promptBytes: 100_000, calls: 1000, rounds: 5 },
]

export async function measureJson(context) {
  const results = []
  for (const prompt of context.quick ? prompts.slice(0, 1) : prompts)
    results.push(await withPrompt(context, prompt))
  return results
}

async function withPrompt(context, { promptBytes, calls, rounds }) {
  const { targets, say } = context
  const plan = { connections, calls, promptBytes }
  say(`JSON calls, prompts of ${promptBytes} bytes, ${connections} connections, ${calls} calls a round`)
  const results = await inRounds(context, targets, context.rounds ?? rounds, plan, (round, so) =>
    say(
      `  round ${round}: ${targets.map(({ name }) => `${name} ${so[name].at(-1).cpuUs.toFixed(0)} us`).join(', ')}`,
    ),
  )
  return { promptBytes, connections, ...costsOf(results) }
}

/** What each target spent per call, and how many times as much the gateway spent. */
export function costsOf(results) {
  const costs = pick(results, ({ cpuUs }) => cpuUs)
  const { gateway, ...others } = costs
  return {
    rounds: gateway.length,
    cpuUs: mapOf(costs, spread),
    gatewayTimes: mapOf(others, (of) => ratios(gateway, of)),
    postgresqlUs: spread(results.gateway.map(({ databaseUs }) => databaseUs)),
  }
}
