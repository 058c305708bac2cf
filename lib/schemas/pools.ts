import { z } from 'zod'
import {
  environment,
  labelOrAny,
  listOf,
  modelName,
  modelPatterns,
  patchOf,
  reference,
  slug,
  strict,
  timeOut,
  title,
} from './fields'
import { budget, budgetsField, limits, limitsField } from './limits'

const strategy = z.enum(['round_robin', 'weighted', 'least_latency', 'lowest_cost', 'priority'])
const stickiness = z.enum(['none', 'conversation'])

const poolKey = strict({
  key_id: z.uuid('expected a key id'),
  weight: z.int().min(1).max(1000).nullable().default(null),
  tier: z.int().min(1).max(100).nullable().default(null),
})

const shape = {
  slug,
  name: title,
  environment: environment.default('production'),
  strategy: strategy.default('round_robin').meta({
    description:
      'round_robin: in turn by weight; weighted: at random by weight; least_latency; lowest_cost; priority: the next tier only when the one before has no usable key',
  }),
  stickiness: stickiness.default('none').meta({
    description: 'conversation: a conversation stays with its key, where the provider has its prompt cached',
  }),
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
  standby_percent: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .meta({ description: 'The share of calls that standby keys serve although active ones could' }),
  fallback_pool_id: reference.nullable().default(null).meta({
    description: 'Id or slug of the pool of the same environment that serves when no key of this one can',
  }),
  model_priority: z
    .array(modelName)
    .max(50)
    .refine((models) => new Set(models).size === models.length, 'expected each model once')
    .default([])
    .meta({ description: 'Dear to cheap: a downgrade takes the next' }),
  wait_seconds: z.int().min(0).max(60).default(0).meta({
    description: 'How long a call waits for the soonest key instead of being refused; 0: not at all',
  }),
  limits: limitsField,
  budgets: budgetsField,
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
    strategy,
    stickiness,
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
    standby_percent: z.int(),
    fallback_pool_id: z.uuid().nullable(),
    model_priority: z.array(z.string()),
    wait_seconds: z.int(),
    limits,
    budgets: z.array(budget),
    switch_to_pool_id: z.uuid().nullable().meta({ description: 'Serves all calls until switch_until' }),
    switch_until: timeOut.nullable(),
    created_at: timeOut,
  })
  .meta({ id: 'Pool' })
export const poolList = listOf(pool)

export const poolSwitch = strict({
  to_pool_id: reference
    .nullable()
    .meta({ description: 'Id or slug of a pool of the same environment; null: end the switch' }),
  minutes: z
    .int()
    .min(1)
    .max(7 * 1440)
    .nullable()
    .default(null),
}).refine(({ to_pool_id, minutes }) => (to_pool_id === null) === (minutes === null), {
  path: ['minutes'],
  error: 'expected for how many minutes, with a pool to switch to and only then',
})
