import { z } from 'zod'
import { listOf, pageQuery, strict, timeIn, timeOut, usd, values } from './fields'

const filters = {
  from: timeIn.optional(),
  to: timeIn.optional().meta({ description: 'Exclusive' }),
  app: values.meta({ description: 'Ids or names' }),
  key: values.meta({ description: 'Ids or names' }),
  pool: values.meta({ description: 'Ids or slugs' }),
  provider: values.meta({ description: 'Ids or slugs' }),
  tenant: values,
  project: values,
  feature: values,
  model: values,
  environment: values,
  endpoint: values,
  status: z.coerce.number().int().min(100).max(599).optional(),
  error_class: values,
  outcome: z.enum(['ok', 'error', 'refused', 'client_closed', 'interrupted']).optional(),
  request_id: z.string().min(1).max(200).optional(),
  include: z.enum(['probes']).optional(),
}
export const requestQuery = strict({ ...pageQuery, ...filters })
export const requestExportQuery = strict(filters)
export type RequestFilters = z.output<typeof requestExportQuery>

export const request = z
  .object({
    id: z.uuid(),
    ts: timeOut,
    request_id: z.string(),
    app_id: z.uuid().nullable(),
    key_id: z.uuid().nullable(),
    pool: z.string().nullable(),
    provider: z.string().nullable(),
    environment: z.string(),
    tenant: z.string(),
    project: z.string(),
    feature: z.string(),
    endpoint: z.string(),
    model: z.string(),
    served_model: z.string(),
    input_tokens: z.int(),
    cached_input_tokens: z.int(),
    output_tokens: z.int(),
    reasoning_tokens: z.int(),
    cost_usd: usd,
    cost_source: z.enum(['reported', 'estimated', 'unknown']),
    latency_ms: z.int(),
    ttft_ms: z.int().nullable(),
    status: z.int(),
    error_class: z.string().nullable(),
    attempts: z.int().meta({ description: 'How many' }),
    outcome: z.enum(['ok', 'error', 'refused', 'client_closed', 'interrupted']),
    error_code: z.string().nullable(),
    stream: z.boolean(),
    app_name: z.string().nullable(),
    key_name: z.string().nullable(),
    kind: z.enum(['call', 'probe']),
  })
  .meta({ id: 'Request' })
/** The order of the columns in CSV; new ones are appended. */
export const requestColumns = Object.keys(request.shape)
export const requestList = listOf(request)

export const requestDetail = request
  .extend({
    attempts: z.array(
      z.object({
        key_id: z.string().nullable(),
        provider: z.string(),
        model: z.string(),
        class: z.string().nullable(),
        status: z.int().nullable(),
        ms: z.number(),
        error: z.string().optional(),
      }),
    ),
    decision: z.unknown().meta({ description: 'How the pool and key were chosen' }),
    app_key_id: z.uuid().nullable(),
    app_key_name: z.string().nullable(),
  })
  .meta({ id: 'RequestDetail' })
