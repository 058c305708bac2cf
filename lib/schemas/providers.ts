import { z } from 'zod'
import { listOf, milliseconds, modelPatterns, patchOf, slug, strict, timeOut, title } from './fields'
import { currency } from './settings'

const dialect = z.enum(['openai', 'anthropic', 'gemini'])

// Names that carry secrets or that the connection itself sets.
const refusedHeader =
  /auth|token|secret|key|password|cookie|credential|^(host|connection|keep-alive|te|trailer|upgrade|expect|transfer-encoding|content-length|content-type|content-encoding|accept-encoding|accept|via|forwarded|x-forwarded-.*|x-request-id)$/i

const headers = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'expected a header name')
      .refine((name) => !refusedHeader.test(name), {
        error:
          'headers that authenticate or belong to the connection cannot be set here; the key is sent for you, and secret headers are not supported yet',
      }),
    z.string().regex(/^[\x20-\x7e]{0,1024}$/, 'expected printable ASCII, at most 1024 characters'),
  )
  .refine((value) => Object.keys(value).length <= 20, 'expected at most 20 headers')

const priceProvider = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'expected the provider’s id in the price catalogue')
  .nullable()

const balance = strict({
  path: z
    .string()
    .regex(/^\/[\x21-\x7e]{0,499}$/, 'expected a path on the origin of base_url, such as /v1/balance')
    .refine((path) => !path.startsWith('//') && !/[#\\]/.test(path), 'expected a plain path'),
  pointer: z
    .string()
    .max(500)
    .regex(/^(\/([^~]|~[01])*)+$/, 'expected a JSON pointer (RFC 6901), such as /data/available_balance'),
  currency,
})

const shape = {
  slug,
  name: title,
  dialect: dialect.default('openai'),
  base_url: z.string().min(1).max(500),
  enabled: z.boolean().default(true),
  priority: z.int().min(0).max(10_000).default(100),
  model_patterns: modelPatterns.default([]),
  first_byte_timeout_ms: milliseconds.default(300_000),
  idle_timeout_ms: milliseconds.default(300_000),
  total_timeout_ms: milliseconds.default(1_800_000),
  max_retries: z.int().min(0).max(10).default(2),
  headers: headers.default({}),
  price_provider: priceProvider.default(null),
  balance: balance.nullable().default(null).meta({
    description: 'Where the balance of a key is told; null: what AKCP knows of the vendor, if anything',
  }),
}
/** Another name of `first_byte_timeout_ms`. */
const alias = { timeout_ms: milliseconds.optional() }

export const providerPatch = patchOf({ ...shape, ...alias })
/** Fields that are not given come from the preset (`custom` when there is none). */
export const providerInput = patchOf({ preset: slug.optional(), ...shape, ...alias })
/** What a provider is made of once preset and body are put together. */
export const providerFields = strict(shape)
export type ProviderFields = z.output<typeof providerFields>

export const provider = z
  .object({
    id: z.uuid(),
    ...shape,
    model_patterns: z.array(z.string()),
    headers: z.record(z.string(), z.string()),
    reads_balance: z
      .boolean()
      .meta({ description: 'Balances of its keys are read; else they can be typed in' }),
    created_at: timeOut,
    notice: z.string().optional().meta({ description: 'What else this change did' }),
  })
  .meta({ id: 'Provider' })
export const providerList = listOf(provider)

export const preset = z
  .object({
    slug,
    name: z.string(),
    dialect: z.literal('openai'),
    base_url: z.string().nullable(),
    model_patterns: z.array(z.string()),
    price_provider: z.string().nullable(),
    first_byte_timeout_ms: milliseconds,
    idle_timeout_ms: milliseconds,
    total_timeout_ms: milliseconds,
    notes: z.string().optional(),
  })
  .meta({ id: 'Preset' })
export const presetList = listOf(preset)
