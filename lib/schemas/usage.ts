import { z } from 'zod'
import { strict, timeIn, timeOut, usd, values } from './fields'
import { timeZone } from './settings'
import { type UsageDimension, usageDimensions, usageGroups } from './usage-dimensions'

const group = z.enum(usageGroups)
const filters = Object.fromEntries(usageDimensions.map((name) => [name, values])) as Record<
  UsageDimension,
  typeof values
>

export const usageQuery = strict({
  from: timeIn.optional().meta({ description: 'Default: 24 hours ago' }),
  to: timeIn.optional().meta({ description: 'Exclusive; default: now' }),
  tz: timeZone.optional().meta({ description: 'For hour and day; default: the organisation’s' }),
  group_by: z
    .union([z.string(), z.array(z.string())])
    .transform((value) =>
      [value]
        .flat()
        .flatMap((part) => part.split(','))
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(group))
    .refine((groups) => new Set(groups).size === groups.length, 'expected each group once')
    .default([])
    .meta({ description: `Comma-separated: ${usageGroups.join(', ')}; minute for at most 24 hours` }),
  include: z.enum(['probes']).optional(),
  ...filters,
})
export type UsageQuery = z.output<typeof usageQuery>

const sums = {
  requests: z.int().meta({ description: 'Calls that reached a provider' }),
  errors: z.int(),
  errors_by_class: z.record(z.string(), z.int()),
  refused: z.int().meta({ description: 'Calls refused before any provider' }),
  input_tokens: z.int(),
  cached_input_tokens: z.int(),
  output_tokens: z.int(),
  reasoning_tokens: z.int(),
  cost_usd: usd,
  estimated_cost_usd: usd.meta({ description: 'The part of cost_usd that no provider reported' }),
  p50_ms: z.int().nullable(),
  p95_ms: z.int().nullable(),
  ttft_p50_ms: z.int().nullable(),
}
const groupValue = z.string().nullable().optional()
const groupFields = {
  tenant: groupValue,
  project: groupValue,
  feature: groupValue,
  app: groupValue,
  app_name: groupValue,
  model: groupValue,
  key: groupValue,
  key_name: groupValue,
  pool: groupValue,
  pool_name: groupValue,
  provider: groupValue,
  provider_name: groupValue,
  environment: groupValue,
  endpoint: groupValue,
  error_class: groupValue,
  minute: groupValue,
  hour: groupValue,
  day: groupValue,
}

export const usageTotals = z.object(sums)
export const usageRow = z
  .object({ ...groupFields, ...sums })
  .meta({ description: 'Only the groups that were asked for are present' })
export const usage = z
  .object({ rows: z.array(usageRow), totals: usageTotals, as_of: timeOut })
  .meta({ id: 'Usage' })
export type UsageTotals = z.output<typeof usageTotals>
export type UsageRow = z.output<typeof usageRow>
