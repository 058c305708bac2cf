import { z } from 'zod'
import { listOf, pageQuery, strict, timeOut } from './fields'

export const healthEventQuery = strict({
  ...pageQuery,
  key_id: z.uuid('expected a key id').optional(),
})

export const healthEvent = z
  .object({
    id: z.uuid(),
    ts: timeOut,
    key_id: z.uuid(),
    key_name: z.string().nullable(),
    signal: z.enum(['canary', 'real']).meta({ description: 'Seen by a probe, or by a call' }),
    result: z.string().meta({ description: 'The state from then on: up, cooling or down' }),
    error_class: z.string().nullable(),
    details: z.unknown(),
  })
  .meta({ id: 'HealthEvent' })
export const healthEventList = listOf(healthEvent)
