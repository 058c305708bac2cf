import { userInfo } from 'node:os'
import { insertAudit } from '@/lib/data/audit'
import type { Db } from '@/lib/data/database'

/** Who sits at the terminal, as the audit names them. */
export function actor(): string {
  return `cli:${userInfo().username}`
}

/** Writes down a change, in the transaction that makes it. */
export async function note(
  tx: Db,
  action: string,
  resource: string,
  resourceId: string,
  details: Record<string, unknown> = {},
): Promise<void> {
  await insertAudit(tx, { actor: actor(), action, resource, resourceId, details })
}
