import { z } from 'zod'
import {
  environment,
  listOf,
  modelName,
  modelPatterns,
  patchOf,
  reference,
  slug,
  strict,
  timeIn,
  timeOut,
  title,
  usd,
} from './fields'
import { budget, budgetsField, limits, limitsField, usdIn } from './limits'
import { currency } from './settings'

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

const probeInput = strict({
  enabled: z.boolean().default(true),
  interval_seconds: z.int().min(30).max(86_400).default(300),
  paid: z.boolean().default(false).meta({ description: 'May make a call that costs money' }),
  monthly_limit_usd: usd.min(0).max(1000).default(1).meta({ description: 'Of paid probes' }),
  model: modelName
    .nullable()
    .default(null)
    .meta({ description: 'Asked for by paid probes; null: the cheapest that the key may use' }),
})
export const defaultProbe = probeInput.parse({})

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
  limits: limitsField,
  budgets: budgetsField,
  balance_threshold_usd: usdIn
    .nullable()
    .default(null)
    .meta({ description: 'Warn when the balance at the provider falls below; null: never' }),
  probe: probeInput.default(defaultProbe),
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
    limits,
    budgets: z.array(budget),
    balance_threshold_usd: usd.nullable(),
    probe: z.object({
      enabled: z.boolean(),
      interval_seconds: z.int(),
      paid: z.boolean(),
      monthly_limit_usd: usd,
      model: z.string().nullable(),
    }),
    last_probe: z
      .object({
        at: timeOut,
        ok: z.boolean(),
        model: z.string().nullable().meta({ description: 'Of a paid probe; null: it cost nothing' }),
        ms: z.int(),
        status: z.int().nullable(),
        class: z.string().nullable(),
        error: z.string().nullable(),
      })
      .nullable(),
    next_probe_at: timeOut.nullable(),
    probes_month_usd: usd.meta({ description: 'What paid probes have cost since the month began' }),
    balance: z
      .object({
        amount: z.number(),
        currency: z.string(),
        usd: usd.nullable().meta({ description: 'Null: Settings has no rate for the currency' }),
        source: z.enum(['api', 'manual']),
        read_at: timeOut,
        days_left: z.number().nullable().meta({ description: 'At the pace of the last seven days' }),
      })
      .nullable(),
    balance_error: z.string().nullable().meta({ description: 'Why the provider’s could not be read' }),
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

export const balanceInput = strict({
  amount: z.number().min(-1e9).max(1e9),
  currency: currency.default('USD'),
})
