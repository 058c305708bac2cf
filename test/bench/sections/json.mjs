/** Processor time per JSON call, with short and long prompts. */
import { ratios, spread } from '../figures.mjs'
import { inRounds, mapOf, pick } from '../rounds.mjs'

const connections = 16
/** Only these can serve so many. */
const sameRate = { rate: 2000, connections: 64, seconds: 4, rounds: 5, targets: /gateway|relay/ }
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
  const measured = { promptBytes, connections, ...costsOf(results) }
  return promptBytes === prompts[0].promptBytes
    ? { ...measured, sameRate: await atSameRate(context) }
    : measured
}

/**
 * As fast as they can, cheap targets serve many calls each time that they wake, which makes each of them cheaper still;
 * here all have the same number to serve.
 */
async function atSameRate(context) {
  const { targets, rounds, ...plan } = sameRate
  const chosen = context.targets.filter(({ name }) => targets.test(name))
  const measured = { ...plan, promptBytes: prompts[0].promptBytes }
  const results = await inRounds(context, chosen, context.rounds ?? rounds, measured, (round, so) =>
    context.say(
      `  ${plan.rate} calls/s, round ${round}: ${chosen.map(({ name }) => `${name} ${so[name].at(-1).cpuUs.toFixed(0)} us`).join(', ')}`,
    ),
  )
  return { ...plan, ...costsOf(results) }
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
