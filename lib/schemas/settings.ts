import { z } from 'zod'
import { defaultRates } from '@/lib/exchange-rates'
import { patchOf, slug, strict, title } from './fields'

/** An IANA name. Offsets such as `+08:00` are refused: PostgreSQL reads their sign the other way round. */
export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, 'expected an IANA time zone name like Asia/Shanghai or UTC')

function isTimeZone(value: string): boolean {
  if (!/^[A-Za-z]/.test(value)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    return true
  } catch {
    return false
  }
}

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'expected a currency code of three capital letters, such as CNY')

const rate = strict({
  usd: z.number().positive().max(1_000_000).meta({ description: 'What one unit is worth in US dollars' }),
  as_of: z.iso.date('expected the day of the rate, such as 2026-03-01'),
  source: z.enum(['default', 'set']).default('set').meta({ description: 'default: ours, rounded' }),
})

const shape = {
  organisation_name: title.nullable().default(null),
  time_zone: timeZone.default('UTC'),
  currency: z.literal('USD').default('USD'),
  default_provider: slug
    .nullable()
    .default(null)
    .meta({ description: 'Serves models that no pattern matches; null: openai when present' }),
  retention_months: z
    .int()
    .min(1)
    .max(120)
    .default(13)
    .meta({ description: 'How long single requests are kept' }),
  exchange_rates: z
    .record(
      currency.refine((code) => code !== 'USD', 'USD is what rates are given in'),
      rate,
    )
    .refine((rates) => Object.keys(rates).length <= 100, 'expected at most 100 rates')
    .default(defaultRates)
    .meta({ description: 'By currency, for balances. Those that are not given keep their default' }),
  language: z.enum(['en', 'zh']).default('en'),
  digest_daily: z.boolean().default(true).meta({ description: 'A daily summary to every channel' }),
  digest_weekly: z.boolean().default(true).meta({ description: 'A weekly one, on Mondays' }),
  digest_hour: z.int().min(0).max(23).default(9).meta({ description: 'In the organisation’s time zone' }),
}

export const settingsPatch = patchOf(shape)
export const settings = z.object(shape).meta({ id: 'Settings' })
export type Settings = z.output<typeof settings>
