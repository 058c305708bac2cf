import { and, desc, eq, gt, isNull, lt, ne, sql } from 'drizzle-orm'
import { members, sessions } from '@/drizzle/schema'
import { isId, newId } from '@/lib/id'
import type { Db } from './database'
import { type Member, memberColumns } from './members'
import type { Page } from './page'

export type NewSession = { memberId: string; userAgent: string; address: string; expiresAt: Date }
export type Session = Omit<typeof sessions.$inferSelect, 'revokedAt'> & { email: string }

const live = and(isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`), isNull(members.archivedAt))

export async function insertSession(db: Db, values: NewSession): Promise<string> {
  const id = newId()
  await db.insert(sessions).values({ id, ...values })
  return id
}

/** The member of a session that may still be used; says at most once a minute that it was. */
export async function resumeSession(db: Db, id: string): Promise<Member | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select({ ...memberColumns, stale: sql<boolean>`${sessions.seenAt} < now() - interval '1 minute'` })
    .from(sessions)
    .innerJoin(members, eq(members.id, sessions.memberId))
    .where(and(eq(sessions.id, id), live))
  if (!row) return undefined
  const { stale, ...member } = row
  if (stale) {
    const before = lt(sessions.seenAt, sql`now() - interval '1 minute'`)
    await db
      .update(sessions)
      .set({ seenAt: sql`now()` })
      .where(and(eq(sessions.id, id), before))
  }
  return member
}

/** Sessions that may still be used, newest first: one member's, or everybody's. */
export async function listSessions(
  db: Db,
  memberId: string | null,
  { limit, after }: Page,
): Promise<Session[]> {
  return await db
    .select({
      id: sessions.id,
      memberId: sessions.memberId,
      email: members.email,
      userAgent: sessions.userAgent,
      address: sessions.address,
      createdAt: sessions.createdAt,
      seenAt: sessions.seenAt,
      expiresAt: sessions.expiresAt,
    })
    .from(sessions)
    .innerJoin(members, eq(members.id, sessions.memberId))
    .where(
      and(
        live,
        memberId ? eq(sessions.memberId, memberId) : undefined,
        after ? lt(sessions.id, after) : undefined,
      ),
    )
    .orderBy(desc(sessions.id))
    .limit(limit + 1)
}

/** The member whose session was ended, or undefined when there was none to end. */
export async function revokeSession(
  db: Db,
  id: string,
  memberId: string | null,
): Promise<{ email: string } | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .update(sessions)
    .set({ revokedAt: new Date() })
    .from(members)
    .where(
      and(
        eq(members.id, sessions.memberId),
        eq(sessions.id, id),
        isNull(sessions.revokedAt),
        memberId ? eq(sessions.memberId, memberId) : undefined,
      ),
    )
    .returning({ email: members.email })
  return row
}

/** Ends all of a member's sessions but `keepId`. Returns how many. */
export async function revokeSessionsOf(db: Db, memberId: string, keepId?: string): Promise<number> {
  const rows = await db
    .update(sessions)
    .set({ revokedAt: new Date() })
    .where(
      and(
        eq(sessions.memberId, memberId),
        isNull(sessions.revokedAt),
        keepId ? ne(sessions.id, keepId) : undefined,
      ),
    )
    .returning({ id: sessions.id })
  return rows.length
}
