/** What scenarios play on: a provider that keeps a journal, a database, and a gateway process between them. */
import { type CrashingGateway, startCrashingGateway } from '../../support/crashing-gateway'
import { type FreshDatabase, freshDatabase } from '../../support/database'
import { type PlannedUpstream, startPlannedUpstream } from '../../support/planned-upstream'

export type Stage = { upstream: PlannedUpstream; fresh: FreshDatabase; gateway: CrashingGateway }

type Options = Omit<Parameters<typeof startCrashingGateway>[0], 'gatewayUrl' | 'upstream'>

export async function onStage<Result>(
  options: Options | ((fresh: FreshDatabase) => Promise<Options>),
  act: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const upstream = await startPlannedUpstream()
  const fresh = await freshDatabase()
  try {
    const settings = typeof options === 'function' ? await options(fresh) : options
    const gateway = await startCrashingGateway({ gatewayUrl: fresh.gatewayUrl, upstream, ...settings })
    try {
      return await act({ upstream, fresh, gateway })
    } finally {
      await gateway.stop()
    }
  } finally {
    await fresh.drop()
    await upstream.stop()
  }
}
