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
    redis: part.extend({ state: z.literal('not_configured') }),
    vault: part.extend({
      state: z.enum(['ready', 'not_initialised']),
      key_id: z.string().nullable(),
    }),
    scheduler: part.extend({ state: z.literal('not_configured') }),
    registry_version: z.int(),
  })
  .meta({ id: 'Status' })
