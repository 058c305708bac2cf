import { connection } from 'next/server'
import { ownerExists } from '@/lib/data/members'
import { portalDatabase } from '@/lib/data/portal-database'
import { errorText, log } from '@/lib/log'

export type Ownership = 'owned' | 'free' | 'unknown'

/** Whether this installation has an owner; `unknown` while the database does not answer. */
export async function readOwnership(): Promise<Ownership> {
  await connection()
  try {
    return (await ownerExists(portalDatabase().db)) ? 'owned' : 'free'
  } catch (error) {
    log.error({ error: errorText(error) }, 'the start page could not read whether there is an owner')
    return 'unknown'
  }
}
