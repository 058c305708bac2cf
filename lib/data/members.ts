import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { invites, members } from '@/drizzle/schema'
import { newId } from '@/lib/id'
import type { Db } from './database'

export type NewOwner = { email: string; name: string; passwordHash: string }
export type Member = { id: string; email: string; name: string; role: typeof members.$inferSelect.role }

const isLiveOwner = and(eq(members.role, 'owner'), isNull(members.archivedAt))

export async function ownerExists(db: Db): Promise<boolean> {
  const rows = await db.select({ id: members.id }).from(members).where(isLiveOwner).limit(1)
  return rows.length > 0
}

/** Undefined when there is an owner already; of two transactions at once the second waits and sees the first's. */
export async function insertFirstOwner(db: Db, owner: NewOwner): Promise<Member | undefined> {
  await db.execute(sql`lock table ${members} in share row exclusive mode`)
  if (await ownerExists(db)) return undefined
  const [row] = await db
    .insert(members)
    .values({ id: newId(), role: 'owner', ...owner })
    .returning({ id: members.id, email: members.email, name: members.name, role: members.role })
  return row
}

/** Makes this the only set-up invite that can be used. */
export async function replaceSetupInvite(db: Db, tokenDigest: Buffer, expiresAt: Date): Promise<void> {
  await db
    .update(invites)
    .set({ expiresAt: new Date() })
    .where(and(eq(invites.purpose, 'setup'), isNull(invites.usedAt), gt(invites.expiresAt, sql`now()`)))
  await db.insert(invites).values({ id: newId(), purpose: 'setup', role: 'owner', tokenDigest, expiresAt })
}

/** True for exactly one caller, within the invite's time. */
export async function useSetupInvite(db: Db, tokenDigest: Buffer): Promise<boolean> {
  const rows = await db
    .update(invites)
    .set({ usedAt: new Date() })
    .where(
      and(
        eq(invites.purpose, 'setup'),
        eq(invites.tokenDigest, tokenDigest),
        isNull(invites.usedAt),
        gt(invites.expiresAt, sql`now()`),
      ),
    )
    .returning({ id: invites.id })
  return rows.length > 0
}
