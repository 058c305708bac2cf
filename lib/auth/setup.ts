/** The first owner: by a one-time link that is printed at start, or from the environment. */
import type { Db } from '@/lib/data/database'
import { insertFirstOwner, type Member, ownerExists } from '@/lib/data/members'
import { AkcpError } from '@/lib/errors'
import { recordAudit } from './audit'
import { createLink, redeemLink } from './invites'
import { hashPassword, passwordMinLength } from './password'

/** The token of a new set-up link; earlier ones stop working. Null when there is an owner. */
export async function createSetupLink(db: Db): Promise<string | null> {
  return await db.transaction(async (tx) => {
    if (await ownerExists(tx)) return null
    return (await createLink(tx, 'setup', { email: null, role: 'owner' })).token
  })
}

/** Makes the first owner; a token works once, and there is nothing here once there is an owner. */
export async function redeemSetup(
  db: Db,
  token: string,
  { email, password, name }: { email: string; password: string; name?: string },
): Promise<Member> {
  return await db.transaction(async (tx) => {
    if (await ownerExists(tx)) throw alreadyOwned()
    // The token first: hashing is costly, and strangers may call this.
    if (!(await redeemLink(tx, token, ['setup']))) {
      throw new AkcpError('forbidden', 'This set-up link was used already, has expired or was replaced.', {
        hint: 'A link is valid for 30 minutes. Restart AKCP: while there is no owner it prints a new one.',
      })
    }
    const passwordHash = await hashPassword(password)
    const owner = await insertFirstOwner(tx, { email, name: name ?? '', passwordHash })
    if (!owner) throw alreadyOwned()
    await recordAudit(tx, { kind: 'session', name: owner.email }, 'setup', 'member', owner.id)
    return owner
  })
}

function alreadyOwned(): AkcpError {
  return new AkcpError('route_not_found', 'This installation has an owner; set-up links no longer work.', {
    hint: 'Sign in, or ask an owner for an invitation.',
  })
}

/** Makes the owner whom the environment names; does nothing when there is one. */
export async function ensureOwner(db: Db, email: string, password: string): Promise<void> {
  if (password.length < passwordMinLength) {
    throw new Error(`the owner's password needs at least ${passwordMinLength} characters`)
  }
  if (await ownerExists(db)) return
  const passwordHash = await hashPassword(password)
  await db.transaction(async (tx) => {
    const owner = await insertFirstOwner(tx, { email, name: '', passwordHash })
    if (owner) await recordAudit(tx, { kind: 'token', name: 'environment' }, 'setup', 'member', owner.id)
  })
}
