import { z } from 'zod'

const decision = z.object({ skipped: z.array(z.object({ key_id: z.string(), why: z.string() })) })

export type Skipped = z.output<typeof decision>['skipped'][number]

/** The keys that a request's routing decision passed over; none where it says nothing about keys. */
export function parseSkipped(value: unknown): Skipped[] {
  const parsed = decision.safeParse(value)
  return parsed.success ? parsed.data.skipped : []
}
