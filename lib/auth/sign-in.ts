/** E-mail and password against the members: the rule behind the sign-in form. */
import { randomBytes } from 'node:crypto'
import type { Database } from '@/lib/data/database'
import { findMemberByEmail, type Member } from '@/lib/data/members'
import { insertSession, revokeSession } from '@/lib/data/sessions'
import { type AttemptLimit, tooManyAttempts } from './attempt-limit'
import { recordAudit } from './audit'
import { hashPassword, verifyPassword } from './password'

export const sessionSeconds = 14 * 86_400
const userAgentMax = 300
const passwordMax = 1024

export type SignIn = { email: string; password: string; address: string; userAgent: string }
export type SignedIn = { sessionId: string; member: Member }

/** Begins a session; null when e-mail or password are wrong. Throws `rate_limit_exceeded` after too many attempts. */
export async function signIn(
  { db }: Database,
  limit: AttemptLimit,
  { email, password, address, userAgent }: SignIn,
): Promise<SignedIn | null> {
  const who = `${address} ${email.toLowerCase()}`
  const wait = (await limit.take('sign-in-address', address)) ?? (await limit.take('sign-in', who))
  if (wait !== null) throw tooManyAttempts(wait)
  // PostgreSQL cannot even ask for text with a NUL.
  if (password.length > passwordMax || email.includes('\0')) return null
  const found = await findMemberByEmail(db, email)
  // The same work for an address that nobody has, so that the time of the answer does not tell which exist.
  const right = await verifyPassword(found?.passwordHash ?? (await unknownHash()), password)
  if (!found?.passwordHash || !right) return null
  const { passwordHash: _, ...member } = found
  await limit.forget('sign-in', who)
  const sessionId = await db.transaction(async (tx) => {
    const id = await insertSession(tx, {
      memberId: member.id,
      userAgent: userAgent.slice(0, userAgentMax),
      address,
      expiresAt: new Date(Date.now() + sessionSeconds * 1000),
    })
    await recordAudit(tx, { kind: 'session', name: member.email }, 'sign_in', 'session', id)
    return id
  })
  return { sessionId, member }
}

/** Ends a session; one that has ended already stays so. */
export async function signOut({ db }: Database, sessionId: string): Promise<void> {
  await db.transaction(async (tx) => {
    const member = await revokeSession(tx, sessionId, null)
    if (member)
      await recordAudit(tx, { kind: 'session', name: member.email }, 'sign_out', 'session', sessionId)
  })
}

let hashOfNobody: Promise<string> | undefined

function unknownHash(): Promise<string> {
  hashOfNobody ??= hashPassword(randomBytes(32).toString('base64'))
  return hashOfNobody
}
