/** Several gateway processes, as `npm start` runs them, on one database. */
import { newId } from '@/lib/id'
import { type FreshDatabase, freshDatabase } from './database'
import { masterKey, pepper } from './gateway'
import { type Running, startSystem } from './system'

const adminToken = 'fleet-admin-token-0123456789'

export type Fleet = {
  fresh: FreshDatabase
  gateways: Running[]
  /** A further gateway of the same fleet. */
  add(): Promise<Running>
  /** The admin API; throws for anything but a success. */
  admin(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Record<string, never> & { id: string; raw_key: string }>
  stop(): Promise<void>
}

export async function startFleet(count: number, variables: Record<string, string> = {}): Promise<Fleet> {
  const fresh = await freshDatabase()
  const shared = {
    DATABASE_URL: fresh.gatewayUrl,
    AKCP_MASTER_KEY: masterKey,
    AKCP_APP_KEY_PEPPER: pepper,
    NEXTAUTH_SECRET: newId(),
    LOG_LEVEL: 'warn',
    ...variables,
  }
  const start = () => startSystem({ ...shared, ROLE: 'gateway' })
  // One with the portal, for the admin API.
  const first = await startSystem({ ...shared, AKCP_ADMIN_TOKEN: adminToken })
  const gateways = [first]
  for (let n = 1; n < count; n++) gateways.push(await start())
  return {
    fresh,
    gateways,
    async add() {
      const gateway = await start()
      gateways.push(gateway)
      return gateway
    },
    async admin(method, path, body) {
      const response = await fetch(`${first.address}/api/admin${path}`, {
        method,
        headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
      return text ? JSON.parse(text) : null
    },
    async stop() {
      await Promise.all(
        gateways.map(async (gateway) => {
          gateway.process.kill('SIGCONT')
          await gateway.stop().catch(() => {})
          await gateway.clean()
        }),
      )
      await fresh.drop()
    },
  }
}
