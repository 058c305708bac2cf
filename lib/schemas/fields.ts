/** Building blocks of request and answer bodies; no Node imports, so that forms can use them too. */
import { z } from 'zod'

/** An object that refuses fields it does not know and says which it does. */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown field ${issue.keys.map((key) => `"${key.slice(0, 64)}"`).join(', ')}; allowed: ${Object.keys(shape).join(', ')}`
        : undefined,
  })
}

/** The body of a PATCH: every field optional; `null` puts a field that has a default back to it. */
export function patchOf<Shape extends Record<string, z.ZodType>>(shape: Shape) {
  const fields = Object.entries(shape).map(([name, field]) => [name, patchField(field)] as const)
  return strict(Object.fromEntries(fields)) as unknown as z.ZodType<
    Partial<z.output<z.ZodObject<Shape>>>,
    Partial<z.input<z.ZodObject<Shape>>>
  >
}

function patchField(field: z.ZodType): z.ZodType {
  if (!(field instanceof z.ZodDefault)) return field.optional()
  const inner = field.unwrap() as z.ZodType
  return inner
    .nullable()
    .transform((value) => value ?? field.parse(undefined))
    .optional()
}

/** A list in the form that every list endpoint answers. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() })
}

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
}
export const listQuery = strict(pageQuery)

export const idParam = z.object({ id: z.string() })

export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected lower-case letters, digits and hyphens, at most 63')
export const environment = slug.meta({ description: 'such as production or staging' })
export const label = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected 1 to 64 of letters, digits, dot, underscore and hyphen')
export const labelOrAny = z.union([label, z.literal('*')], 'expected names or "*"')
export const title = z.string().trim().min(1).max(100)
/** Whole, without a pattern. */
export const modelName = z
  .string()
  .regex(/^[!-)+-~\u00a1-\uffff]{1,200}$/, 'expected a whole model name, without spaces and without *')
export const modelPattern = z
  .string()
  .regex(/^[!-)+-~\u00a1-\uffff]{0,200}\*?$/, 'expected a model name without spaces, which may end in *')
  .min(1)
export const modelPatterns = z.array(modelPattern).max(500)
export const milliseconds = z.int().min(1).max(86_400_000)
/** A filter in a query: one value or several, `?app=a&app=b`. */
export const values = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => [value].flat())
  .pipe(z.array(z.string().min(1).max(200)).max(200))
  .optional()
/** An id or a slug. */
export const reference = z.string().min(1).max(100)

export const timeIn = z.iso
  .datetime({ offset: true, error: 'expected a time like 2026-01-31T12:00:00Z' })
  .transform((value) => new Date(value))
export const timeOut = z.iso.datetime()
/** A money amount in US dollars, at most nine decimals. */
export const usd = z.number()
