import { createSetupLink, ensureOwner } from '@/lib/auth/setup'
import type { Database } from '@/lib/data/database'
import type { Env } from '@/lib/env'

/**
 * Makes the owner whom the environment names, or, while there is none and this process serves the portal, a link
 * that makes one: the line to print, or null.
 */
export async function offerSetup(env: Env, database: Database, address: string): Promise<string | null> {
  if (env.AKCP_OWNER_EMAIL && env.AKCP_OWNER_PASSWORD) {
    await ensureOwner(database.db, env.AKCP_OWNER_EMAIL, env.AKCP_OWNER_PASSWORD)
  }
  if (env.ROLE === 'gateway') return null
  const token = await createSetupLink(database.db)
  return token && `first owner (the link works once, for 30 minutes): ${address}/setup?token=${token}`
}
