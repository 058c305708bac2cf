import type { Actor } from '@/lib/auth/actor'
import { ownerScope, type Resource } from '@/lib/auth/can'
import { ownsApps } from '@/lib/data/apps'
import type { Db } from '@/lib/data/database'
import { found } from './router'

/**
 * What data functions take as `ownerEmail`. Asking for somebody else's app by name is refused as if there were none,
 * rather than answered with nothing.
 */
export async function ownAppsOnly(
  db: Db,
  actor: Actor,
  resource: Resource,
  apps: string[] | undefined,
): Promise<string | null> {
  const ownerEmail = ownerScope(actor, resource)
  if (ownerEmail !== null && apps) found((await ownsApps(db, apps, ownerEmail)) || undefined, 'app')
  return ownerEmail
}
