import { z } from 'zod'
import {
  environment,
  listOf,
  modelPatterns,
  patchOf,
  reference,
  slug,
  strict,
  timeIn,
  timeOut,
  title,
} from './fields'

const secret = z
  .string()
  .trim()
  .min(1, 'expected the secret, not an empty text')
  .max(8192, 'expected at most 8192 characters')
  .regex(/^[\x21-\x7e]*$/, 'expected printable ASCII without spaces or line breaks inside')
  .meta({ description: 'Sealed at once and never shown again', writeOnly: true })

const secretRef = z
  .string()
  .regex(
    /^(env:AKCP_SECRET_[A-Z0-9_]{1,100}|file:[A-Za-z0-9_-][A-Za-z0-9._-]{0,99})$/,
    'expected env:AKCP_SECRET_NAME or file:name (a file in SECRETS_DIR)',
  )

const shape = {
  name: title,
  secret: secret.optional(),
  secret_ref: secretRef.optional(),
  environment: environment.default('production'),
  owner: title.nullable().default(null),
  tags: z.array(title).max(50).default([]),
  status: z.enum(['active', 'standby', 'disabled']).default('active'),
  weight: z.int().min(1).max(1000).default(1),
  tier: z.int().min(1).max(100).default(1),
  allowed_models: modelPatterns.default([]),
  expires_at: timeIn.nullable().default(null),
  pools: z
    .array(reference)
    .max(100)
    .default([])
    .meta({ description: 'Ids or slugs, besides the default pool of its provider and environment' }),
}

export const keyInput = strict({ provider: reference, ...shape }).refine(
  (body) => (body.secret === undefined) !== (body.secret_ref === undefined),
  { error: 'expected exactly one of secret and secret_ref', path: ['secret'] },
)
export const keyPatch = patchOf(shape).refine(
  (body) => body.secret === undefined || body.secret_ref === undefined,
  { error: 'expected secret or secret_ref, not both', path: ['secret'] },
)

export const key = z
  .object({
    id: z.uuid(),
    provider: z.string(),
    provider_id: z.uuid(),
    name: z.string(),
    secret_state: z.enum(['sealed', 'reference', 'missing']),
    secret_ref: z.string().nullable(),
    last4: z.string(),
    fingerprint: z.string(),
    environment: z.string(),
    owner: z.string().nullable(),
    tags: z.array(z.string()),
    status: z.enum(['active', 'standby', 'disabled']),
    weight: z.int(),
    tier: z.int(),
    allowed_models: z.array(z.string()),
    expires_at: timeOut.nullable(),
    pools: z.array(z.string()).meta({ description: 'Slugs' }),
    health: z.object({
      state: z.enum(['up', 'cooling', 'down']),
      score: z.int(),
      reason: z.string().nullable(),
      since: timeOut.nullable(),
      next_try_at: timeOut.nullable(),
      last_error: z.unknown(),
    }),
    created_at: timeOut,
  })
  .meta({ id: 'Key' })
export const keyList = listOf(key)

export const probeResult = z
  .object({
    ok: z.boolean(),
    ms: z.int().meta({ description: 'Milliseconds' }),
    status: z.int().nullable(),
    class: z.string().nullable().meta({ description: 'Whose fault a failure is: auth, quota, rate, …' }),
    error: z.string().nullable(),
    models: z.array(z.string()),
  })
  .meta({ id: 'ProbeResult' })

export const keyTestInput = strict({
  provider: reference.optional().meta({ description: 'Id or slug of a provider that exists' }),
  preset: slug.optional(),
  base_url: z.string().min(1).max(500).optional().meta({ description: 'Instead of the preset’s' }),
  secret,
}).refine(
  ({ provider, preset, base_url }) =>
    provider === undefined ? preset !== undefined || base_url !== undefined : !preset && !base_url,
  { error: 'expected either provider, or preset or base_url', path: ['provider'] },
)
