/** One-time links: the first owner's set-up, members' invitations and new passwords. */
import { and, desc, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm'
import { invites } from '@/drizzle/schema'
import { isId, newId } from '@/lib/id'
import type { Db } from './database'
import type { Page } from './page'

export type Invite = Omit<typeof invites.$inferSelect, 'tokenDigest' | 'usedAt'>
export type NewInvite = Omit<typeof invites.$inferInsert, 'id'>

const columns = {
  id: invites.id,
  purpose: invites.purpose,
  email: invites.email,
  role: invites.role,
  createdAt: invites.createdAt,
  expiresAt: invites.expiresAt,
}
const usable = and(isNull(invites.usedAt), gt(invites.expiresAt, sql`now()`))

/** Of one purpose and address only the newest link works. */
export async function replaceInvite(db: Db, invite: NewInvite): Promise<Invite> {
  await endInvites(db, invite.purpose, invite.email ?? null)
  const [row] = await db
    .insert(invites)
    .values({ id: newId(), ...invite })
    .returning(columns)
  if (!row) throw new Error('insert returned no row')
  return row
}

export async function endInvites(db: Db, purpose: Invite['purpose'], email: string | null): Promise<void> {
  const same = email === null ? isNull(invites.email) : eq(sql`lower(${invites.email})`, email.toLowerCase())
  await db
    .update(invites)
    .set({ expiresAt: new Date() })
    .where(and(usable, eq(invites.purpose, purpose), same))
}

export async function findInvite(db: Db, tokenDigest: Buffer): Promise<Invite | undefined> {
  const [row] = await db
    .select(columns)
    .from(invites)
    .where(and(usable, eq(invites.tokenDigest, tokenDigest)))
  return row
}

/** The invite for exactly one caller, within its time. */
export async function redeemInvite(
  db: Db,
  tokenDigest: Buffer,
  purposes: Invite['purpose'][],
): Promise<Invite | undefined> {
  const [row] = await db
    .update(invites)
    .set({ usedAt: new Date() })
    .where(and(usable, eq(invites.tokenDigest, tokenDigest), inArray(invites.purpose, purposes)))
    .returning(columns)
  return row
}

/** Invitations that nobody has accepted yet, newest first. */
export async function listInvitations(db: Db, { limit, after }: Page): Promise<Invite[]> {
  return await db
    .select(columns)
    .from(invites)
    .where(and(usable, eq(invites.purpose, 'invite'), after ? lt(invites.id, after) : undefined))
    .orderBy(desc(invites.id))
    .limit(limit + 1)
}

/** False when there was none to withdraw. */
export async function withdrawInvitation(db: Db, id: string): Promise<boolean> {
  if (!isId(id)) return false
  const rows = await db
    .update(invites)
    .set({ expiresAt: new Date() })
    .where(and(usable, eq(invites.purpose, 'invite'), eq(invites.id, id)))
    .returning({ id: invites.id })
  return rows.length > 0
}
