import { z } from 'zod'
import { patchOf, slug, title } from './fields'

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
  language: z.enum(['en', 'zh']).default('en'),
}

export const settingsPatch = patchOf(shape)
export const settings = z.object(shape).meta({ id: 'Settings' })
export type Settings = z.output<typeof settings>
