import { insertAudit } from '@/lib/data/audit'
import type { Db } from '@/lib/data/database'
import type { Actor } from './actor'

export type AuditAction =
  | 'create'
  | 'update'
  | 'archive'
  | 'enable'
  | 'acknowledge'
  | 'resolve'
  | 'disable'
  | 'switch'
  | 'rotate'
  | 'revoke'
  | 'release'
  | 'setup'
  | 'invite'
  | 'join'
  | 'sign_in'
  | 'sign_out'

/**
 * Writes down a change, in the transaction that makes it. `details` names what changed, such as the fields; values
 * stay out because some are secret.
 */
export async function recordAudit(
  tx: Db,
  actor: Pick<Actor, 'kind' | 'name'>,
  action: AuditAction,
  resource: string,
  id: string,
  details: Record<string, unknown> = {},
): Promise<void> {
  await insertAudit(tx, { actor: `${actor.kind}:${actor.name}`, action, resource, resourceId: id, details })
}
