import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { Db } from '@/lib/data/database'
import { type JobRow, type JobRun, latestRuns, listJobs } from '@/lib/data/jobs'
import { newestVaultKey } from '@/lib/data/secrets'
import { currentRegistryVersion, type Process, postgresFacts, recentProcesses } from '@/lib/data/status'
import { jobState } from '@/lib/jobs/state'
import { status } from '@/lib/schemas/status'
import { version } from '@/package.json'
import { type AdminDependencies, answer, createRouter } from './router'

const tags = ['status']
/** A process that was not seen for this long counts as gone. */
const staleMs = 30_000

type Status = z.output<typeof status>

const routes = {
  status: createRoute({
    method: 'get',
    path: '/status',
    tags,
    summary: 'What runs and since when',
    responses: { 200: answer(status, 'The parts of this installation') },
  }),
}

export function statusRoutes({ database: { db } }: AdminDependencies) {
  return createRouter().openapi(routes.status, async (c) => c.json(await readStatus(db), 200))
}

/** The parts of this installation. */
export async function readStatus(db: Db): Promise<Status> {
  const [facts, processes, vaultKey, registryVersion, jobs, runs] = await Promise.all([
    postgresFacts(db),
    recentProcesses(db),
    newestVaultKey(db),
    currentRegistryVersion(db),
    listJobs(db),
    latestRuns(db, 2),
  ])
  const now = Date.parse(facts.now)
  return {
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
    redis: redisStatus(livingGateways(processes, now)),
    vault: {
      state: vaultKey ? 'ready' : 'not_initialised',
      since: vaultKey?.createdAt.toISOString() ?? null,
      version: null,
      key_id: vaultKey?.id ?? null,
    },
    scheduler: schedulerStatus(jobs, runs, now),
    registry_version: registryVersion,
  }
}

/** `up` since the oldest living process; `down` since the last one was seen. */
function gatewayStatus(processes: Process[], now: number): Status['gateway'] {
  const living = livingGateways(processes, now)
  const oldest = living.toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime())[0]
  if (oldest) {
    const since = oldest.startedAt.toISOString()
    return { state: 'up', since, version: oldest.version, processes: living.length }
  }
  const last = processes.find(isGateway)
  return {
    state: last ? 'down' : 'not_seen',
    since: last?.seenAt.toISOString() ?? null,
    version: last?.version ?? null,
    processes: 0,
  }
}

function isGateway({ role }: Process): boolean {
  return role !== 'portal'
}

function livingGateways(processes: Process[], now: number): Process[] {
  return processes.filter((known) => isGateway(known) && known.seenAt.getTime() > now - staleMs)
}

/** What a gateway says of its shared counters, in `processes.details`. */
const countersOf = z.object({
  limits: z.object({
    store: z.string(),
    degradedSince: z.union([z.string(), z.number()]).nullable(),
    error: z.string().nullable(),
  }),
})

/** `degraded` since the first gateway lost it; `not_configured` when all of them count in memory. */
function redisStatus(gateways: Process[]): Status['redis'] {
  const told = gateways.flatMap(({ details }) => {
    const read = countersOf.safeParse(details)
    return read.success && read.data.limits.store !== 'memory' ? [read.data.limits] : []
  })
  const lost = told
    .flatMap(({ degradedSince, error }) =>
      degradedSince === null ? [] : [{ since: new Date(degradedSince).toISOString(), error }],
    )
    .sort((a, b) => (a.since < b.since ? -1 : 1))[0]
  if (lost) return { state: 'degraded', version: null, ...lost }
  return {
    state: told.length > 0 ? 'up' : 'not_configured',
    since: null,
    version: null,
    error: null,
  }
}

function schedulerStatus(jobs: JobRow[], runs: JobRun[], now: number): Status['scheduler'] {
  const states = jobs.map((row) => {
    const lastEnded = runs.find((run) => run.job === row.job && run.endedAt !== null)
    return { ...row, state: jobState({ ...row, lastEnded }, now) }
  })
  const late = states.filter(({ state }) => state === 'late')
  const failing = states.filter(({ state }) => state === 'failing')
  const since = late.map(({ dueAt }) => dueAt.toISOString()).sort()[0] ?? null
  const state = late.length > 0 ? 'late' : failing.length > 0 ? 'failing' : 'up'
  return {
    state: jobs.length > 0 ? state : 'not_seen',
    since,
    version: null,
    jobs: [...late, ...failing].map(({ job }) => job),
  }
}
