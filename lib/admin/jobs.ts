import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import type { Db } from '@/lib/data/database'
import { type JobRow, type JobRun, latestRuns, listJobs } from '@/lib/data/jobs'
import { postgresFacts } from '@/lib/data/status'
import { jobState } from '@/lib/jobs/state'
import { type job, jobList } from '@/lib/schemas/jobs'
import { type AdminDependencies, answer, createRouter } from './router'

const runsEach = 5

const route = createRoute({
  method: 'get',
  path: '/jobs',
  tags: ['status'],
  summary: 'What runs on a schedule: when each job is due, and how its last runs ended',
  responses: { 200: answer(jobList, 'All jobs, by name') },
})

export function jobRoutes({ database: { db } }: AdminDependencies) {
  return createRouter().openapi(route, async (c) =>
    c.json({ data: await readJobs(db), next_cursor: null }, 200),
  )
}

/** All jobs with their newest runs, by name. */
export async function readJobs(db: Db): Promise<z.output<typeof job>[]> {
  const [rows, runs, { now }] = await Promise.all([listJobs(db), latestRuns(db, runsEach), postgresFacts(db)])
  return rows.map((row) =>
    toAnswer(
      row,
      runs.filter((run) => run.job === row.job),
      Date.parse(now),
    ),
  )
}

function toAnswer(row: JobRow, runs: JobRun[], now: number): z.output<typeof job> {
  return {
    job: row.job,
    state: jobState({ ...row, lastEnded: runs.find((run) => run.endedAt !== null) }, now),
    interval_seconds: row.intervalMs / 1000,
    limit_seconds: row.limitMs / 1000,
    due_at: row.dueAt.toISOString(),
    runs: runs.map((run) => ({
      id: run.id,
      process_id: run.processId,
      started_at: run.startedAt.toISOString(),
      ended_at: run.endedAt?.toISOString() ?? null,
      ms: run.endedAt && run.endedAt.getTime() - run.startedAt.getTime(),
      error: run.error,
      details: run.details as Record<string, unknown>,
    })),
  }
}
