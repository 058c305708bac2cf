import { vaultKeys } from '@/drizzle/schema'
import { createAdminApp } from '@/lib/admin/app'
import { connect } from '@/lib/data/database'
import { parseEnv } from '@/lib/env'
import { vaultKeyPair } from '@/lib/secrets/vault'
import { freshDatabase } from './database'
import { masterKey, pepper } from './gateway'

export const adminToken = 'admin-token-of-the-tests-0123456789'

export type TestAdmin = Awaited<ReturnType<typeof startAdmin>>

/** The admin API on a database of its own, connected with the portal's rights. */
export async function startAdmin(variables: Record<string, string> = {}) {
  const fresh = await freshDatabase()
  const portal = connect(fresh.portalUrl, { max: 4, name: 'akcp test portal' })
  const gateway = connect(fresh.gatewayUrl, { max: 2, name: 'akcp test gateway' })
  const vault = await vaultKeyPair(Buffer.from(masterKey, 'base64'))
  const env = parseEnv({
    AKCP_ADMIN_TOKEN: adminToken,
    AKCP_APP_KEY_PEPPER: pepper,
    AKCP_ALLOW_PRIVATE_ORIGINS: '127.0.0.1:9999',
    ...variables,
  })
  const changes = { count: 0 }
  const app = createAdminApp({
    database: portal,
    env,
    afterChange: async () => {
      changes.count++
    },
  })
  /** Everything that was ever answered. */
  const answered: string[] = []

  async function send(method: string, path: string, init: RequestInit = {}) {
    const headers = new Headers({ authorization: `Bearer ${adminToken}`, ...init.headers })
    const response = await app.request(`/api/admin${path}`, { method, ...init, headers })
    const text = await response.text()
    answered.push(text)
    return { status: response.status, text, headers: response.headers }
  }

  /** Sends JSON and reads JSON. */
  async function call(method: string, path: string, body?: unknown) {
    const init =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const { text, ...rest } = await send(method, path, init)
    // biome-ignore lint/suspicious/noExplicitAny: answers are what the tests are about.
    return { ...rest, json: (text ? JSON.parse(text) : null) as any }
  }

  return {
    fresh,
    portal,
    gateway,
    vault,
    app,
    answered,
    changes,
    send,
    call,
    /** As a gateway does when it starts. */
    addVaultKey: () => gateway.db.insert(vaultKeys).values({ id: vault.id, publicKey: vault.publicKey }),
    /** What a refused call says. */
    async refusal(method: string, path: string, body?: unknown) {
      const { status, json, headers } = await call(method, path, body)
      const { code, param, message, hint, request_id } = json.error
      if (!hint || request_id !== headers.get('x-request-id'))
        throw new Error(`not a whole error: ${JSON.stringify(json)}`)
      return { status, code, param, message: String(message) }
    },
    async create(path: string, body: unknown) {
      const { status, json } = await call('POST', path, body)
      if (status !== 201) throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(json)}`)
      return json
    },
    async stop() {
      await portal.close()
      await gateway.close()
      await fresh.drop()
    },
  }
}
