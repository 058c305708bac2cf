/** Gateways as `npm start` runs them, on one database, that send traces somewhere. */
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@/lib/data/database'
import { freshDatabase } from './database'
import { masterKey, pepper, registryOf } from './gateway'
import { type Running, startSystem } from './system'
import { startUpstream } from './upstream'

export const secrets = { first: 'sk-first-of-the-provider', second: 'sk-second-of-the-provider' }
export const prompt = 'Which animal jumps over the hedge?'
export const ask = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: prompt }] }

export type TracedGateways = Awaited<ReturnType<typeof tracedGateways>>

export async function tracedGateways() {
  const upstream = await startUpstream()
  const fresh = await freshDatabase()
  const database = connect(fresh.gatewayUrl, { max: 2, name: 'akcp telemetry test' })
  const registry = { rawKey: '' }
  return {
    upstream,
    database,
    registry,
    async start(variables: Record<string, string>): Promise<Running> {
      const running = await startSystem({
        ROLE: 'gateway',
        DATABASE_URL: fresh.gatewayUrl,
        AKCP_MASTER_KEY: masterKey,
        AKCP_APP_KEY_PEPPER: pepper,
        AKCP_ALLOW_PRIVATE_ORIGINS: upstream.origin,
        OTEL_METRIC_EXPORT_INTERVAL: '1000',
        OTEL_BSP_SCHEDULE_DELAY: '100',
        ...variables,
      })
      if (registry.rawKey === '') registry.rawKey = await addRegistry(database, upstream.baseUrl)
      return running
    },
    call({ address }: Running, headers: Record<string, string> = {}, body: object = ask): Promise<Response> {
      return fetch(`${address}/api/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${registry.rawKey}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: JSON.stringify(body),
      })
    },
    async stop() {
      await database.close()
      await fresh.drop()
      await upstream.stop()
    },
  }
}

/** Two providers, of which the second serves when the first fails, and an app. Returns the app's key. */
async function addRegistry(database: ReturnType<typeof connect>, baseUrl: string): Promise<string> {
  const add = registryOf(database)
  const first = await add.provider({ slug: 'mistral', baseUrl, modelPatterns: [] })
  const second = await add.provider({ slug: 'second', baseUrl, modelPatterns: [] })
  const keys = [await add.key(first, secrets.first), await add.key(second, secrets.second, { tier: 2 })]
  const pool = await add.pool(
    'both',
    keys.map(({ id }) => id),
    { strategy: 'priority' },
  )
  await add.route('gpt-4o-mini', [{ pool, model: 'gpt-4o-mini' }])
  await add.price(first, '*', 1, 2)
  const { rawKey } = await add.appKey(await add.app('web'))
  // A gateway that runs already has it within a second.
  await sleep(1200)
  return rawKey
}

type LogLine = Record<string, string | number> & { message: string }

export function logOf(running: Running): LogLine[] {
  const lines = running.output().split('\n')
  return lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
}
