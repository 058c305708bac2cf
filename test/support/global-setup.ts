import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { connect } from '@/lib/data/database'
import { migrate } from '@/lib/data/migrate'
import { embeddedPortal, grantPortal, prepareEmbedded } from '@/lib/data/roles'
import { startEmbeddedPostgres } from '@/lib/server/embedded-postgres'

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's connection to the run's PostgreSQL. */
    adminUrl: string
    /** The migrated database that `freshDatabase` copies, as gateway and as portal. */
    templateUrls: { gateway: string; portal: string }
  }
}

/** One PostgreSQL for the whole run, with one migrated database to copy. */
export default async function setup(project: TestProject) {
  const folder = await mkdtemp(join(process.env.TEST_FOLDER ?? tmpdir(), 'akcp-postgres-'))
  await chmod(folder, 0o755) // PostgreSQL runs as another user when the tests run as root.
  const server = await startEmbeddedPostgres(folder, () => {})
  try {
    const templateUrls = await prepareEmbedded(server.adminUrl, { gateway: 'gateway', portal: 'portal' })
    await migrate(templateUrls.gateway)
    const template = connect(templateUrls.gateway, { max: 1, name: 'akcp test' })
    await grantPortal(template.sql, embeddedPortal)
    await template.close()
    project.provide('adminUrl', server.adminUrl)
    project.provide('templateUrls', templateUrls)
  } catch (error) {
    await server.stop()
    throw error
  }
  return async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
