/** One-time links that let somebody in. The token is only in the link; the database keeps its digest. */
import { createHash, randomBytes } from 'node:crypto'
import type { Db } from '@/lib/data/database'
import { endInvites, findInvite, type Invite, redeemInvite, replaceInvite } from '@/lib/data/invites'
import { findMemberByEmail, insertMember, type Member, updateMember } from '@/lib/data/members'
import { revokeSessionsOf } from '@/lib/data/sessions'
import { AkcpError } from '@/lib/errors'
import { type AuditAction, recordAudit } from './audit'
import type { Role } from './can'
import { hashPassword } from './password'

const hourMs = 3_600_000
/** How long a link works. Set-up links are printed where anybody at the terminal reads them. */
const validMs = { setup: hourMs / 2, invite: 7 * 24 * hourMs, password: 24 * hourMs }

export type Link = { token: string; invite: Invite }

/** A new link; earlier ones of the same purpose and address stop working. */
export async function createLink(
  tx: Db,
  purpose: Invite['purpose'],
  { email, role }: { email: string | null; role: Role },
): Promise<Link> {
  const token = randomBytes(32).toString('base64url')
  const expiresAt = new Date(Date.now() + validMs[purpose])
  return {
    token,
    invite: await replaceInvite(tx, { purpose, email, role, tokenDigest: digest(token), expiresAt }),
  }
}

/** What the link of an invitation or a new password is for; undefined when it does not work any more. */
export async function readLink(db: Db, token: string): Promise<Invite | undefined> {
  const invite = await findInvite(db, digest(token))
  return invite && invite.purpose !== 'setup' ? invite : undefined
}

/** The invite of a token that is used now, or undefined: a token works once. */
export async function redeemLink(
  tx: Db,
  token: string,
  purposes: Invite['purpose'][],
): Promise<Invite | undefined> {
  return await redeemInvite(tx, digest(token), purposes)
}

/** Makes the member whom the link invites, or gives the member whom it is for a new password. */
export async function acceptInvite(
  db: Db,
  { token, password, name }: { token: string; password: string; name?: string },
): Promise<Member> {
  return await db.transaction(async (tx) => {
    // The token first: hashing is costly, and strangers may call this.
    const invite = await redeemLink(tx, token, ['invite', 'password'])
    if (!invite?.email) throw spent()
    const passwordHash = await hashPassword(password)
    const existing = await findMemberByEmail(tx, invite.email)
    if (invite.purpose === 'invite') {
      // A member with this address is a conflict that the database reports.
      const { email, role } = invite
      return await audited(
        tx,
        'join',
        await insertMember(tx, { email, role, name: name ?? '', passwordHash }),
      )
    }
    if (!existing) throw spent()
    // Whoever knew the old password is out.
    await revokeSessionsOf(tx, existing.id)
    return await audited(
      tx,
      'update',
      await updateMember(tx, existing.id, { passwordHash, ...(name && { name }) }),
    )
  })
}

/** Links that were made for somebody who is no member any more. */
export async function endLinksOf(tx: Db, email: string): Promise<void> {
  await endInvites(tx, 'password', email)
  await endInvites(tx, 'invite', email)
}

async function audited(tx: Db, action: AuditAction, member: Member): Promise<Member> {
  const details = action === 'update' ? { fields: ['password'] } : { role: member.role }
  await recordAudit(tx, { kind: 'session', name: member.email }, action, 'member', member.id, details)
  return member
}

function spent(): AkcpError {
  return new AkcpError('not_found', 'This link was used already, has expired or was replaced.', {
    hint: 'Ask an owner of this installation for a new one.',
  })
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
