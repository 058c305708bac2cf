import { z } from 'zod'
import { listOf, timeOut } from './fields'

const run = z.object({
  id: z.uuid(),
  process_id: z.uuid(),
  started_at: timeOut,
  ended_at: timeOut.nullable(),
  ms: z.int().nullable(),
  error: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
})

export const job = z
  .object({
    job: z.string(),
    state: z.enum(['waiting', 'running', 'late', 'failing']).meta({
      description: 'late: overdue, and nobody runs it; failing: its last run failed',
    }),
    interval_seconds: z.number(),
    limit_seconds: z.number().meta({ description: 'A run that takes longer is cut off' }),
    due_at: timeOut,
    runs: z.array(run).meta({ description: 'The newest, newest first' }),
  })
  .meta({ id: 'Job' })
export const jobList = listOf(job)
export type JobState = z.output<typeof job>['state']
