import { and, asc, eq, exists, isNotNull, isNull, or, sql } from 'drizzle-orm'
import { budgets, policies } from '@/drizzle/schema'
import type { Db } from './database'

export type Policy = typeof policies.$inferSelect
type Name = Pick<Policy, 'scope' | 'scopeId'>

const named = ({ scope, scopeId }: Name) => and(eq(policies.scope, scope), eq(policies.scopeId, scopeId))

/** Those that say anything, by scope and name. */
export async function listPolicies(
  db: Db,
  { limit, after }: { limit: number; after: Name | undefined },
): Promise<Policy[]> {
  const ownBudgets = db
    .select({ one: sql`1` })
    .from(budgets)
    .where(
      and(
        isNull(budgets.archivedAt),
        eq(budgets.scope, policies.scope),
        eq(budgets.scopeId, policies.scopeId),
      ),
    )
  const says = or(isNotNull(policies.limits), sql`${policies.allowedModels} <> '{}'`, exists(ownBudgets))
  const position = after && sql`(${policies.scope}, ${policies.scopeId}) > (${after.scope}, ${after.scopeId})`
  return await db
    .select()
    .from(policies)
    .where(and(says, position))
    .orderBy(asc(policies.scope), asc(policies.scopeId))
    .limit(limit + 1)
}

export async function findPolicy(db: Db, name: Name): Promise<Policy | undefined> {
  const [row] = await db.select().from(policies).where(named(name))
  return row
}

/** Held against changes until the transaction ends. */
export async function setPolicy(tx: Db, values: Omit<Policy, 'updatedAt'>): Promise<void> {
  const { limits, allowedModels } = values
  const updatedAt = new Date()
  await tx
    .insert(policies)
    .values({ ...values, updatedAt })
    .onConflictDoUpdate({
      target: [policies.scope, policies.scopeId],
      set: { limits, allowedModels, updatedAt },
    })
}
