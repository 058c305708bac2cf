import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { newestVaultKey } from '@/lib/data/secrets'
import { currentRegistryVersion, type Process, postgresFacts, recentProcesses } from '@/lib/data/status'
import { status } from '@/lib/schemas/status'
import { version } from '@/package.json'
import { type AdminDependencies, answer, createRouter } from './router'

const tags = ['status']
/** A process that was not seen for this long counts as gone. */
const staleMs = 30_000

const routes = {
  status: createRoute({
    method: 'get',
    path: '/status',
    tags,
    summary: 'What runs and since when',
    responses: { 200: answer(status, 'The parts of this installation') },
  }),
}

const absent = { state: 'not_configured', since: null, version: null } as const

export function statusRoutes({ database: { db } }: AdminDependencies) {
  return createRouter().openapi(routes.status, async (c) => {
    const [facts, processes, vaultKey, registryVersion] = await Promise.all([
      postgresFacts(db),
      recentProcesses(db),
      newestVaultKey(db),
      currentRegistryVersion(db),
    ])
    const now = Date.parse(facts.now)
    return c.json(
      {
        gateway: gatewayStatus(processes, now),
        portal: {
          state: 'up',
          since: new Date(Date.now() - process.uptime() * 1000).toISOString(),
          version,
        },
        postgres: {
          state: 'up',
          since: new Date(facts.startedAt).toISOString(),
          version: facts.version,
        },
        redis: absent,
        vault: {
          state: vaultKey ? 'ready' : 'not_initialised',
          since: vaultKey?.createdAt.toISOString() ?? null,
          version: null,
          key_id: vaultKey?.id ?? null,
        },
        scheduler: absent,
        registry_version: registryVersion,
      } as const,
      200,
    )
  })
}

/** `up` since the oldest living process; `down` since the last one was seen. */
function gatewayStatus(processes: Process[], now: number): z.output<typeof status>['gateway'] {
  const known = processes.filter((candidate) => candidate.role !== 'portal')
  const living = known.filter((candidate) => candidate.seenAt.getTime() > now - staleMs)
  const oldest = living.toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime())[0]
  if (oldest) {
    const since = oldest.startedAt.toISOString()
    return { state: 'up', since, version: oldest.version, processes: living.length }
  }
  const last = known[0]
  return {
    state: last ? 'down' : 'not_seen',
    since: last?.seenAt.toISOString() ?? null,
    version: last?.version ?? null,
    processes: 0,
  }
}
