/**
 * Pieces of the zod object that a page reads its address with: `z.object({ q: text, provider: texts, sort: … })`. What
 * cannot be read falls back, so no address breaks a page.
 */
import { z } from 'zod'
import type { Sort } from './query'

const first = (value: unknown) => [value].flat()[0]

/** One text, or undefined. */
export const text = z.preprocess(first, z.string().trim().min(1).max(200)).optional().catch(undefined)

/** Any number of texts: `?tag=a&tag=b`. */
export const texts = z
  .preprocess(
    (value) => (value === undefined ? [] : [value].flat()),
    z.array(z.string().min(1).max(200)).max(100),
  )
  .catch([])

/** One of the values. */
export function choice<const Value extends string>(values: readonly Value[], fallback: NoInfer<Value>) {
  return z.preprocess(first, z.enum(values)).catch(fallback as never)
}

/** `?sort=name` or `?sort=-name`, with one of the columns. */
export function sortBy<const Column extends string>(
  columns: readonly Column[],
  fallback: Sort<NoInfer<Column>>,
) {
  return z
    .preprocess(first, z.string().max(100))
    .catch('')
    .transform((wanted): Sort<Column> => {
      const column = columns.find((name) => name === wanted.replace(/^-/, ''))
      return column ? { column, descending: wanted.startsWith('-') } : fallback
    })
}
