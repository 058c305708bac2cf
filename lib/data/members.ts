import { and, eq, gt, isNull, max, sql } from 'drizzle-orm'
import { members, sessions } from '@/drizzle/schema'
import { isId, newId } from '@/lib/id'
import type { Db } from './database'
import type { Page } from './page'

type NewMember = Pick<typeof members.$inferInsert, 'email' | 'name' | 'role' | 'passwordHash' | 'language'>

/** Whoever signs in, without the password's hash. */
export type Member = Pick<typeof members.$inferSelect, 'id' | 'email' | 'name' | 'role' | 'language'>
export type MemberWithPassword = Member & { passwordHash: string | null }
export type ListedMember = Member & { createdAt: Date; seenAt: Date | null }

export const memberColumns = {
  id: members.id,
  email: members.email,
  name: members.name,
  role: members.role,
  language: members.language,
}
const withPassword = { ...memberColumns, passwordHash: members.passwordHash }

const live = isNull(members.archivedAt)
const isLiveOwner = and(eq(members.role, 'owner'), live)

export async function ownerExists(db: Db): Promise<boolean> {
  const rows = await db.select({ id: members.id }).from(members).where(isLiveOwner).limit(1)
  return rows.length > 0
}

/** Of two transactions that change members at once the second waits and sees what the first did. */
export async function lockMembers(db: Db): Promise<void> {
  await db.execute(sql`lock table ${members} in share row exclusive mode`)
}

/** After `lockMembers`. */
export async function isLastOwner(db: Db, member: Member): Promise<boolean> {
  if (member.role !== 'owner') return false
  const rows = await db.select({ id: members.id }).from(members).where(isLiveOwner).limit(2)
  return rows.length < 2
}

/** Undefined when there is an owner already. */
export async function insertFirstOwner(
  db: Db,
  owner: Pick<NewMember, 'email' | 'name' | 'passwordHash'>,
): Promise<Member | undefined> {
  await lockMembers(db)
  return (await ownerExists(db)) ? undefined : await insertMember(db, { role: 'owner', ...owner })
}

export async function insertMember(db: Db, values: NewMember): Promise<Member> {
  const [row] = await db
    .insert(members)
    .values({ id: newId(), ...values })
    .returning(memberColumns)
  if (!row) throw new Error('insert returned no row')
  return row
}

/** Oldest first, with the time of the last request in any of a member's sessions. */
export async function listMembers(db: Db, { limit, after }: Page): Promise<ListedMember[]> {
  return await db
    .select({ ...memberColumns, createdAt: members.createdAt, seenAt: max(sessions.seenAt) })
    .from(members)
    .leftJoin(sessions, eq(sessions.memberId, members.id))
    .where(and(live, after ? gt(members.id, after) : undefined))
    .groupBy(members.id)
    .orderBy(members.id)
    .limit(limit + 1)
}

export async function findMember(db: Db, id: string): Promise<MemberWithPassword | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select(withPassword)
    .from(members)
    .where(and(live, eq(members.id, id)))
  return row
}

export async function findMemberByEmail(db: Db, email: string): Promise<MemberWithPassword | undefined> {
  const [row] = await db
    .select(withPassword)
    .from(members)
    .where(and(live, eq(sql`lower(${members.email})`, email.toLowerCase())))
  return row
}

export async function updateMember(
  db: Db,
  id: string,
  values: Partial<NewMember & { archivedAt: Date }>,
): Promise<Member> {
  const [row] = await db.update(members).set(values).where(eq(members.id, id)).returning(memberColumns)
  if (!row) throw new Error('update found no row')
  return row
}
