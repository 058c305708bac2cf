import { z } from 'zod'
import {
  environment,
  labelOrAny,
  listOf,
  modelPatterns,
  patchOf,
  slug,
  strict,
  timeOut,
  title,
} from './fields'

const poolKey = strict({
  key_id: z.uuid('expected a key id'),
  weight: z.int().min(1).max(1000).nullable().default(null),
  tier: z.int().min(1).max(100).nullable().default(null),
})

const shape = {
  slug,
  name: title,
  environment: environment.default('production'),
  strategy: z
    .enum(['round_robin'], 'expected round_robin, the only strategy served so far')
    .default('round_robin'),
  keys: z
    .array(poolKey)
    .max(1000)
    .refine(
      (keys) => new Set(keys.map((entry) => entry.key_id)).size === keys.length,
      'expected each key once',
    )
    .default([]),
  allowed_models: modelPatterns.default([]),
  tenant_scope: z.array(labelOrAny).max(500).default([]),
}

export const poolInput = strict({ ...shape, name: title.optional() })
export const poolPatch = patchOf(shape)
export type PoolKeyInput = z.output<typeof poolKey>

export const pool = z
  .object({
    id: z.uuid(),
    slug: z.string(),
    name: z.string(),
    environment: z.string(),
    default_for_provider: z
      .string()
      .nullable()
      .meta({ description: 'The provider whose keys of this environment join by themselves' }),
    strategy: z.enum(['round_robin', 'weighted', 'least_latency', 'lowest_cost', 'priority']),
    keys: z.array(
      z.object({
        key_id: z.uuid(),
        name: z.string(),
        weight: z.int().nullable().meta({ description: 'Null takes the key’s own' }),
        tier: z.int().nullable(),
      }),
    ),
    allowed_models: z.array(z.string()),
    tenant_scope: z.array(z.string()),
    created_at: timeOut,
  })
  .meta({ id: 'Pool' })
export const poolList = listOf(pool)
