/** The database that a start uses: given or our own, migrated, with the portal's role. */
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@/lib/data/database'
import { isMigrated, migrate } from '@/lib/data/migrate'
import { embeddedPortal, grantPortal, prepareEmbedded, preparePortalRole } from '@/lib/data/roles'
import type { Env } from '@/lib/env'
import { startEmbeddedPostgres } from './embedded-postgres'
import { derive, loadKeys } from './keys'
import type { Shutdown } from './shutdown'
import type { Terminal } from './terminal'

export type Urls = { gateway: string; portal: string }

const waitForGatewayMs = 60_000

export async function prepareDatabase(
  env: Env,
  masterKey: Buffer,
  terminal: Terminal,
  shutdown: Shutdown,
): Promise<Urls> {
  return env.DATABASE_URL
    ? await prepareGiven(env.DATABASE_URL, masterKey, terminal)
    : await prepareOwn(env.DATA_DIR, masterKey, terminal, shutdown)
}

/** `npm run db:migrate`. */
export async function migrateOnly(env: Env, terminal: Terminal, shutdown: Shutdown): Promise<void> {
  const url = env.DATABASE_URL
  if (url) return await terminal.step(`migrating the database at ${new URL(url).host}`, () => migrate(url))
  const { masterKey } = loadKeys({ ...env, ROLE: 'all' })
  if (masterKey) await prepareOwn(env.DATA_DIR, masterKey, terminal, shutdown)
}

async function prepareOwn(
  dataDir: string,
  masterKey: Buffer,
  terminal: Terminal,
  shutdown: Shutdown,
): Promise<Urls> {
  const server = await terminal.step('starting PostgreSQL 18', () =>
    startEmbeddedPostgres(dataDir, terminal.say),
  )
  shutdown.add('PostgreSQL', (hurry) => server.stop(hurry))
  return await terminal.step('migrating the database', async () => {
    const urls = await prepareEmbedded(server.adminUrl, {
      gateway: derive(masterKey, 'database role gateway'),
      portal: derive(masterKey, 'database role portal'),
    })
    await migrate(urls.gateway)
    await grant(urls.gateway, embeddedPortal)
    return urls
  })
}

async function prepareGiven(url: string, masterKey: Buffer, terminal: Terminal): Promise<Urls> {
  return await terminal.step(`migrating the database at ${new URL(url).host}`, async () => {
    await migrate(url)
    const portal = await preparePortalRole(url, derive(masterKey, 'database role portal'))
    if (portal) await grant(url, portal.role)
    else {
      terminal.say(
        'warning: the portal uses the role of DATABASE_URL and could read sealed secrets: give that role CREATEROLE, and it gets one of its own',
      )
    }
    return { gateway: url, portal: portal?.url ?? url }
  })
}

async function grant(url: string, role: string) {
  const database = connect(url, { max: 1, name: 'akcp start' })
  try {
    await grantPortal(database.sql, role)
  } finally {
    await database.close()
  }
}

/** A process that serves only the portal may not migrate: a gateway does. */
export async function waitUntilMigrated(url: string, terminal: Terminal): Promise<void> {
  await terminal.step('waiting for a gateway to migrate the database', async () => {
    const start = Date.now()
    while (!(await isMigrated(url))) {
      if (Date.now() - start > waitForGatewayMs) {
        throw new Error('the database is empty: start a process with ROLE=gateway on it first')
      }
      await sleep(1000)
    }
  })
}
