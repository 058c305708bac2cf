/** Alert rules and alerts. */
import { and, desc, eq, isNull, lt, ne, or, type SQL, sql } from 'drizzle-orm'
import { alertRules, alerts } from '@/drizzle/schema'
import { isId } from '@/lib/id'
import type { Database, Db } from './database'
import type { Page } from './page'

export type AlertRuleRow = typeof alertRules.$inferSelect
export type NewAlertRule = typeof alertRules.$inferInsert
export type AlertRow = typeof alerts.$inferSelect
export type AlertWithRule = AlertRow & { rule: string; kind: string }

const live = isNull(alertRules.archivedAt)

export async function listAlertRules(db: Db, { limit, after }: Page): Promise<AlertRuleRow[]> {
  return await db
    .select()
    .from(alertRules)
    .where(and(live, after ? sql`${alertRules.id} > ${after}` : undefined))
    .orderBy(alertRules.id)
    .limit(limit + 1)
}

export async function findAlertRule(db: Db, id: string): Promise<AlertRuleRow | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select()
    .from(alertRules)
    .where(and(live, eq(alertRules.id, id)))
  return row
}

/** One that is there already, archived or not, stays as it is. */
export async function insertAlertRules(db: Db, rules: NewAlertRule[]): Promise<void> {
  await db.insert(alertRules).values(rules).onConflictDoNothing()
}

/** False when there is no such rule. */
export async function updateAlertRule(db: Db, id: string, values: Partial<NewAlertRule>): Promise<boolean> {
  if (!isId(id)) return false
  const updated = await db
    .update(alertRules)
    .set(values)
    .where(and(live, eq(alertRules.id, id)))
    .returning({ id: alertRules.id })
  return updated.length > 0
}

/**
 * The rules that nobody else evaluates at this moment, held until the transaction ends, disabled and archived ones too:
 * their alerts must end.
 */
export async function lockAlertRules(tx: Db): Promise<AlertRuleRow[]> {
  return await tx.select().from(alertRules).orderBy(alertRules.id).for('no key update', { skipLocked: true })
}

/** Alerts that are open, were closed by hand while their condition held, or ended within `minutes`. */
export async function recentAlerts(tx: Db, since: Date): Promise<AlertRow[]> {
  return await tx
    .select()
    .from(alerts)
    .where(
      or(
        ne(alerts.state, 'resolved'),
        sql`${alerts.resolvedAt} > ${since.toISOString()}::timestamptz`,
        sql`${alerts.resolvedAt} > now() - interval '30 days' and ${alerts.tracking} @> '{"silenced": true}'`,
      ),
    )
    .orderBy(alerts.firedAt)
    .for('no key update')
}

export async function insertAlert(tx: Db, values: typeof alerts.$inferInsert): Promise<void> {
  await tx.insert(alerts).values(values)
}

export async function updateAlert(
  tx: Db,
  id: string,
  values: Partial<typeof alerts.$inferInsert>,
): Promise<void> {
  await tx.update(alerts).set(values).where(eq(alerts.id, id))
}

export type AlertQuestion = {
  state?: AlertRow['state'] | 'open'
  severity?: AlertRow['severity']
  ruleId?: string
  kind?: string
  keyId?: string
  /** The last row of the page before. */
  after?: { ts: string; id: string }
  limit: number
}

function selectAlerts(db: Db) {
  return db
    .select({ alert: alerts, rule: alertRules.name, kind: alertRules.kind })
    .from(alerts)
    .leftJoin(alertRules, eq(alertRules.id, alerts.ruleId))
}

function withRule({ alert, rule, kind }: Awaited<ReturnType<typeof selectAlerts>>[number]): AlertWithRule {
  return { ...alert, rule: rule ?? '', kind: kind ?? '' }
}

/** Newest first. */
export async function listAlerts(db: Db, question: AlertQuestion): Promise<AlertWithRule[]> {
  const { state, severity, ruleId, kind, keyId, after, limit } = question
  const rows = await selectAlerts(db)
    .where(
      and(
        state === 'open' ? ne(alerts.state, 'resolved') : state ? eq(alerts.state, state) : undefined,
        severity ? eq(alerts.severity, severity) : undefined,
        ruleId ? eq(alerts.ruleId, ruleId) : undefined,
        kind ? eq(alertRules.kind, kind) : undefined,
        keyId ? concernsKey(keyId) : undefined,
        after
          ? or(
              lt(alerts.firedAt, new Date(after.ts)),
              and(eq(alerts.firedAt, new Date(after.ts)), lt(alerts.id, after.id)),
            )
          : undefined,
      ),
    )
    .orderBy(desc(alerts.firedAt), desc(alerts.id))
    .limit(limit + 1)
  return rows.map(withRule)
}

function concernsKey(keyId: string): SQL {
  const [subject, out] = [{ subject: { scope: 'key', id: keyId } }, { facts: { out: [{ id: keyId }] } }]
  return sql`(${alerts.details} @> ${JSON.stringify(subject)}::jsonb or ${alerts.details} @> ${JSON.stringify(out)}::jsonb)`
}

export async function findAlert(db: Db, id: string): Promise<AlertWithRule | undefined> {
  if (!isId(id)) return undefined
  const [row] = await selectAlerts(db).where(eq(alerts.id, id))
  return row && withRule(row)
}

/** Held against changes until the transaction ends. */
export async function lockAlert(tx: Db, id: string): Promise<AlertRow | undefined> {
  if (!isId(id)) return undefined
  const [row] = await tx.select().from(alerts).where(eq(alerts.id, id)).for('no key update')
  return row
}

/** How many alerts are open, by severity. */
export async function countOpenAlerts({
  sql: client,
}: Database): Promise<Record<AlertRow['severity'], number>> {
  const rows = await client<{ severity: AlertRow['severity']; count: number }[]>`
    select severity, count(*)::int as count from alerts where state <> 'resolved' group by 1`
  const counts = { info: 0, warning: 0, critical: 0 }
  for (const { severity, count } of rows) counts[severity] = count
  return counts
}
