import { z } from 'zod'
import {
  environment,
  label,
  labelOrAny,
  listOf,
  modelPatterns,
  patchOf,
  reference,
  strict,
  timeIn,
  timeOut,
  title,
} from './fields'
import { budget, budgetsField, limits, limitsField } from './limits'

const scope = z.array(labelOrAny).min(1, 'expected at least one name, or "*"').max(500)
const status = z.enum(['enabled', 'disabled'])

const shape = {
  name: label,
  tenant: label.default('default'),
  project: label.default('default'),
  tenant_scope: scope.optional().meta({ description: 'Default: only the app’s own tenant' }),
  project_scope: scope.optional().meta({ description: 'Default: only the app’s own project' }),
  feature_scope: scope.default(['*']).meta({ description: 'Calls without X-Feature count as default' }),
  environment: environment.default('production'),
  allow_environments: z.array(environment).max(50).default([]),
  owner_email: z.email('expected an e-mail address').max(254).nullable().default(null),
  allowed_models: modelPatterns.default([]),
  pools: z
    .array(reference)
    .max(100)
    .default([])
    .meta({ description: 'Ids or slugs; empty: every pool of its environments' }),
  allowed_ips: z
    .array(
      z.union(
        [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
        'expected an address or CIDR like 203.0.113.0/24 or 2001:db8::/32',
      ),
    )
    .max(200)
    .default([]),
  default_max_output_tokens: z.int().min(1).max(10_000_000).default(4096),
  language: z.enum(['en', 'zh']).default('en'),
  limits: limitsField,
  budgets: budgetsField,
  status: status.default('enabled'),
}

export const appInput = strict(shape)
export const appPatch = patchOf(shape)

export const app = z
  .object({
    id: z.uuid(),
    name: z.string(),
    tenant: z.string(),
    project: z.string(),
    tenant_scope: z.array(z.string()),
    project_scope: z.array(z.string()),
    feature_scope: z.array(z.string()),
    environment: z.string(),
    allow_environments: z.array(z.string()),
    owner_email: z.string().nullable(),
    allowed_models: z.array(z.string()),
    pools: z.array(z.string()).meta({ description: 'Slugs' }),
    allowed_ips: z.array(z.string()),
    default_max_output_tokens: z.int(),
    language: z.enum(['en', 'zh']),
    limits,
    budgets: z.array(budget),
    status,
    created_at: timeOut,
  })
  .meta({ id: 'App' })
export const appList = listOf(app)

const keyShape = {
  name: title.default('default'),
  expires_at: timeIn.nullable().default(null),
  allowed_models: modelPatterns.default([]),
  limits: limitsField,
  budgets: budgetsField,
}
export const appKeyInput = strict(keyShape)
export const appKeyPatch = patchOf({ ...keyShape, status: status.optional() })
export const appKeyRotation = strict({
  grace_seconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .meta({ description: 'How long the old key still works; 0: not at all' }),
})
export const appKeyParams = z.object({ id: z.string(), key_id: z.string() })

const appKeyFields = {
  id: z.uuid(),
  app_id: z.uuid(),
  name: z.string(),
  public_id: z.string().meta({ description: 'The part between akcp_ and the secret' }),
  last4: z.string(),
  status: z.enum(['enabled', 'disabled', 'revoked']),
  allowed_models: z.array(z.string()),
  limits,
  budgets: z.array(budget),
  expires_at: timeOut.nullable(),
  created_at: timeOut,
}
export const appKey = z.object(appKeyFields).meta({ id: 'AppKey' })
export const newAppKey = z
  .object({ ...appKeyFields, raw_key: z.string().meta({ description: 'Shown this once' }) })
  .meta({ id: 'NewAppKey' })
export const appKeyList = listOf(appKey)
