/** Whether a call costs more where there are many app keys: two more gateways, each with ten apps. */
import { ratios, spread } from '../figures.mjs'
import { inRounds, pick } from '../rounds.mjs'
import { startGateway } from '../targets/gateway.mjs'

const few = 10
const many = 100_000
const plan = { connections: 16, calls: 5000 }

export async function measureAppKeys(context) {
  const { upstream, say } = context
  const targets = []
  try {
    for (const appKeys of [few, many]) {
      say(`starting a gateway with ${appKeys} app keys`)
      const gateway = await startGateway({
        upstreamPort: upstream.port,
        apps: few,
        appKeys,
        callers: Math.min(appKeys, 1000),
      })
      targets.push({ ...gateway, name: String(appKeys) })
    }
    const results = await inRounds(context, targets, context.rounds ?? 7, plan)
    const costs = pick(results, ({ cpuUs }) => cpuUs)
    const times = ratios(costs[many], costs[few])
    say(
      `a call with ${many} app keys costs ${times.median.toFixed(2)} times as much as with ${few} (${spread(costs[few]).median.toFixed(0)} us)`,
    )
    return {
      few,
      many,
      rounds: costs[few].length,
      cpuUs: { [few]: spread(costs[few]), [many]: spread(costs[many]) },
      times,
    }
  } finally {
    for (const { stop } of targets) await stop()
  }
}
