import { z } from 'zod'
import { listOf, modelPatterns, strict, timeIn, timeOut } from './fields'

export const stopScope = z.enum(['global', 'tenant', 'project', 'feature', 'app', 'pool', 'provider', 'key'])
const mode = z.enum(['block', 'economy', 'throttle', 'downgrade'])

export const stopInput = strict({
  scope: stopScope,
  id: z.string().min(1).max(100).optional().meta({
    description:
      'Of what is stopped: a name for tenant, project and feature, else an id or slug; none for global',
  }),
  mode: mode.default('block').meta({
    description:
      'block: no call; economy: only `models`; throttle: at most `rpm` a minute; downgrade: to a cheaper model, of whatever lies above a key',
  }),
  rpm: z.int().min(0).max(1_000_000).nullable().default(null),
  models: modelPatterns.default([]),
  reason: z.string().trim().min(1, 'expected why, in a few words').max(500),
  expires_at: timeIn.nullable().default(null).meta({ description: 'Null: until it is lifted' }),
})
  .refine((stop) => (stop.scope === 'global') === (stop.id === undefined), {
    path: ['id'],
    error: 'expected the id of what is stopped; only global has none',
  })
  .refine((stop) => (stop.mode === 'throttle') === (stop.rpm !== null), {
    path: ['rpm'],
    error: 'expected calls a minute with throttle, and only then',
  })
  .refine((stop) => (stop.mode === 'economy') === stop.models.length > 0, {
    path: ['models'],
    error: 'expected the models that go on with economy, and only then',
  })
  .refine((stop) => stop.mode !== 'downgrade' || stop.scope !== 'key', {
    path: ['mode'],
    error: 'expected block, economy or throttle: a key is chosen after the model',
  })
  .refine((stop) => stop.expires_at === null || stop.expires_at.getTime() > Date.now(), {
    path: ['expires_at'],
    error: 'expected a time to come',
  })

export const stop = z
  .object({
    id: z.uuid(),
    scope: stopScope,
    scope_id: z.string(),
    scope_name: z.string(),
    mode,
    rpm: z.int().nullable(),
    models: z.array(z.string()),
    reason: z.string(),
    actor: z.string(),
    created_at: timeOut,
    expires_at: timeOut.nullable(),
  })
  .meta({ id: 'Stop' })

export const stopList = listOf(stop)
