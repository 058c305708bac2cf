/** The first owner: by a one-time link that is printed at start, or from the environment. */
import { createHash, randomBytes } from 'node:crypto'
import type { Db } from '@/lib/data/database'
import {
  insertFirstOwner,
  type Member,
  ownerExists,
  replaceSetupInvite,
  useSetupInvite,
} from '@/lib/data/members'
import { AkcpError } from '@/lib/errors'
import { recordAudit } from './audit'
import { hashPassword, passwordMinLength } from './password'

const minutesValid = 30

/** The token of a new set-up link; earlier ones stop working. Null when there is an owner. */
export async function createSetupLink(db: Db): Promise<string | null> {
  const token = randomBytes(32).toString('base64url')
  return await db.transaction(async (tx) => {
    if (await ownerExists(tx)) return null
    await replaceSetupInvite(tx, digest(token), new Date(Date.now() + minutesValid * 60_000))
    return token
  })
}

/** Makes the first owner; a token works once. */
export async function redeemSetup(
  db: Db,
  token: string,
  { email, password, name }: { email: string; password: string; name?: string },
): Promise<Member> {
  return await db.transaction(async (tx) => {
    // The token first: hashing is costly, and strangers may call this.
    const used = await useSetupInvite(tx, digest(token))
    const owner = used
      ? await insertFirstOwner(tx, { email, name: name ?? '', passwordHash: await hashPassword(password) })
      : undefined
    if (!owner) {
      throw new AkcpError('forbidden', 'This set-up link was used already, has expired or was replaced.', {
        hint: `A link is valid for ${minutesValid} minutes. Restart AKCP: while there is no owner it prints a new one.`,
      })
    }
    await recordAudit(tx, { kind: 'session', name: owner.email }, 'setup', 'member', owner.id)
    return owner
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

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
