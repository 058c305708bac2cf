import { z } from 'zod'
import { timeOut } from './fields'

const part = z.object({
  state: z.string(),
  since: timeOut.nullable(),
  version: z.string().nullable(),
})

export const status = z
  .object({
    gateway: part.extend({ state: z.enum(['up', 'down', 'not_seen']), processes: z.int() }),
    portal: part.extend({ state: z.literal('up') }).meta({ description: 'The process that answers this' }),
    postgres: part,
    redis: part.extend({
      state: z.enum(['up', 'degraded', 'not_configured']),
      error: z.string().nullable(),
    }),
    vault: part.extend({
      state: z.enum(['ready', 'not_initialised']),
      key_id: z.string().nullable(),
    }),
    scheduler: part.extend({
      state: z.enum(['up', 'late', 'failing', 'not_seen']).meta({
        description: 'late: a job is overdue and nobody runs it; failing: the last run of a job failed',
      }),
      jobs: z.array(z.string()).meta({ description: 'Those that are late or fail' }),
    }),
    registry_version: z.int(),
  })
  .meta({ id: 'Status' })
