import { z } from 'zod'
import { usdPerMillionToPico } from '@/lib/format'
import { listOf, modelPattern, reference, strict, timeIn, timeOut } from './fields'

/** Dollars per million tokens; becomes whole pico-dollars per token. */
const rate = z
  .number()
  .min(0)
  .max(1_000_000)
  .transform((value, context) => {
    const pico = usdPerMillionToPico(value)
    if (pico !== null) return pico
    context.addIssue({ code: 'custom', message: 'expected at most 6 decimals' })
    return z.NEVER
  })

export const priceInput = strict({
  provider: reference,
  model: modelPattern.meta({ description: 'May end in *; an exact name wins over a pattern' }),
  input_usd_per_mtok: rate,
  cached_input_usd_per_mtok: rate
    .nullable()
    .default(null)
    .meta({ description: 'Null: cached tokens cost as much as others' }),
  output_usd_per_mtok: rate,
  effective_from: timeIn.optional().meta({ description: 'Default: now' }),
})

export const price = z
  .object({
    id: z.uuid(),
    provider: z.string(),
    model: z.string(),
    input_usd_per_mtok: z.number(),
    cached_input_usd_per_mtok: z.number().nullable(),
    output_usd_per_mtok: z.number(),
    effective_from: timeOut,
    created_at: timeOut,
  })
  .meta({ id: 'Price' })
export const priceList = listOf(price)
