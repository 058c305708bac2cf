/** Budgets as people set and read them; what calls hold and spend is in `budgets.ts`. */
import { and, eq, inArray, isNull, notInArray } from 'drizzle-orm'
import type { Fragment, Sql } from 'postgres'
import { budgets, type Rung } from '@/drizzle/schema'
import { isId, newId } from '@/lib/id'
import type { Database, Db } from './database'
import type { Page } from './page'

export type Budget = typeof budgets.$inferSelect
export type BudgetScope = Budget['scope']
export type BudgetValues = Pick<Budget, 'period' | 'limitNanos' | 'hard' | 'ladder'>

const quarterMs = 15 * 60_000
/** More calls than this are not added up one by one just to say how fast a budget burns. */
const busy = 5000

const live = isNull(budgets.archivedAt)
const of = (scope: BudgetScope, ids: string[]) =>
  and(live, eq(budgets.scope, scope), inArray(budgets.scopeId, ids))

/** The live budgets of each id, days before months. */
export async function budgetsOf(db: Db, scope: BudgetScope, ids: string[]): Promise<Map<string, Budget[]>> {
  const found = new Map<string, Budget[]>()
  if (ids.length === 0) return found
  const rows = await db.select().from(budgets).where(of(scope, ids)).orderBy(budgets.period)
  for (const row of rows) found.set(row.scopeId, [...(found.get(row.scopeId) ?? []), row])
  return found
}

/**
 * Makes `wanted`, at most one a period, the budgets of a scope. One that is there keeps its id and so what was spent.
 * The caller holds a lock on what the scope stands for.
 */
export async function findBudget(db: Db, id: string): Promise<Budget | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select()
    .from(budgets)
    .where(and(live, eq(budgets.id, id)))
  return row
}

export async function replaceBudgets(
  tx: Db,
  scope: BudgetScope,
  scopeId: string,
  wanted: BudgetValues[],
): Promise<void> {
  const before = (await budgetsOf(tx, scope, [scopeId])).get(scopeId) ?? []
  const kept = wanted.map(({ period }) => period)
  if (before.some(({ period }) => !kept.includes(period))) {
    await tx
      .update(budgets)
      .set({ archivedAt: new Date() })
      .where(and(of(scope, [scopeId]), kept.length ? notInArray(budgets.period, kept) : undefined))
  }
  for (const values of wanted) {
    const same = before.find(({ period }) => period === values.period)
    if (same) await tx.update(budgets).set(values).where(eq(budgets.id, same.id))
    else await tx.insert(budgets).values({ id: newId(), scope, scopeId, ...values })
  }
}

export async function archiveBudgets(tx: Db, scope: BudgetScope, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.update(budgets).set({ archivedAt: new Date() }).where(of(scope, ids))
}

/** Gives the budgets of one id, with what was spent, to another. */
export async function moveBudgets(tx: Db, scope: BudgetScope, from: string, to: string): Promise<void> {
  await tx
    .update(budgets)
    .set({ scopeId: to })
    .where(of(scope, [from]))
}

export type BudgetStatus = {
  budget_id: string
  scope: BudgetScope
  id: string
  name: string
  period: Budget['period']
  limit_nanos: string
  spent_nanos: string
  held_nanos: string
  lost_nanos: string
  /** In the last hour, whatever window it belongs to. */
  last_hour_nanos: string
  hard: boolean
  ladder: Rung[]
}
export type BudgetQuestion = {
  now: Date
  /** When the current day and the current month began. */
  windowStart: Record<Budget['period'], Date>
  scope?: BudgetScope
  /** An id or a name. */
  id?: string
  /** Only budgets of this member's apps and their keys; null: all. */
  ownerEmail: string | null
}

/**
 * The current window of every live budget, by id; one that nothing was spent from yet counts as zeros. Budgets of app
 * keys that have expired are left out.
 */
export async function listBudgets(
  { sql }: Database,
  question: BudgetQuestion,
  { limit, after }: Page,
): Promise<BudgetStatus[]> {
  const { day, month } = question.windowStart
  const start = sql`case b.period when 'day' then ${day.toISOString()}::timestamptz else ${month.toISOString()}::timestamptz end`
  return await sql<BudgetStatus[]>`
    with recent as (
      select each.scope, each.id, sum(nanos) as nanos
      from (${lastHour(sql, question.now)}) spent, lateral (values ('global', 'all'), ('tenant', tenant),
        ('project', project), ('feature', feature), ('app', app_id::text), ('pool', pool_id::text), ('key', key_id::text)
      ) as each(scope, id)
      group by 1, 2
    ),
    named as (${namedBudgets(sql)}),
    wanted as (
      select * from named where ${conditions(sql, question)} ${after ? sql`and budget_id > ${after}` : sql``}
      order by budget_id limit ${limit + 1}
    )
    select b.budget_id, b.scope, b.id, b.name, b.period, b.limit_nanos::text as limit_nanos,
      coalesce(w.posted_nanos, 0)::text as spent_nanos, coalesce(w.leased_nanos, 0)::text as held_nanos,
      coalesce(w.lost_nanos, 0)::text as lost_nanos, coalesce(r.nanos, of_app_key.nanos, 0)::text as last_hour_nanos, b.hard, b.ladder
    from wanted b
    left join budget_windows w on w.budget_id = b.budget_id
      and w.window_start = ${start}
    left join recent r on r.scope = b.scope and r.id = b.id
    left join lateral (
      select round(sum(cost_nanos) * case when count(*) < ${busy} then 1
        else 3600 / greatest(1, extract(epoch from ${question.now.toISOString()}::timestamptz - min(ts))) end) as nanos
      from (
        select ts, cost_nanos from requests
        where app_key_id = case b.scope when 'app_key' then b.id::uuid end
          and ts >= ${hourBefore(question.now).toISOString()}::timestamptz
        order by ts desc limit ${busy}
      ) latest
    ) of_app_key on true
    order by b.budget_id`
}

/**
 * What was spent in the last hour: rollups, and for the quarter of an hour that it begins in single calls; when there
 * are too many of those, its share of the quarter's sum.
 */
function lastHour(sql: Sql, now: Date): Fragment {
  const from = hourBefore(now)
  const first = new Date(Math.ceil(from.getTime() / quarterMs) * quarterMs)
  const at = (time: Date) => sql`${time.toISOString()}::timestamptz`
  const isBusy = sql`(
    select coalesce(sum(requests), 0) >= ${busy} from rollups where bucket = ${at(first)} - interval '15 minutes')`
  return sql`
    select app_id, pool_id, key_id, tenant, project, feature, sum(cost_nanos) as nanos
    from (
      select app_id, pool_id, key_id, tenant, project, feature, cost_nanos from rollups
      where bucket >= ${at(first)}
      union all
      select app_id, pool_id, key_id, tenant, project, feature, cost_nanos from requests
      where ts >= ${at(from)} and ts < ${at(first)} and not ${isBusy}
      union all
      select app_id, pool_id, key_id, tenant, project, feature,
        round(cost_nanos * ${(first.getTime() - from.getTime()) / quarterMs}::numeric)
      from rollups
      where bucket = ${at(first)} - interval '15 minutes' and ${isBusy}
    ) parts
    group by 1, 2, 3, 4, 5, 6`
}

function hourBefore(now: Date): Date {
  return new Date(now.getTime() - 3_600_000)
}

/** Live budgets with what people call their scope, and who owns it when that is an app. */
function namedBudgets(sql: Sql): Fragment {
  const id = sql`case when b.scope in ('app', 'app_key', 'pool', 'key') then b.scope_id::uuid end`
  return sql`
    select b.id as budget_id, b.scope, b.period, b.limit_nanos, b.hard, b.ladder, a.owner_email,
      case b.scope when 'global' then 'all' else b.scope_id end as id,
      case b.scope when 'global' then 'all' when 'app' then a.name when 'app_key' then a.name || ' / ' || y.name
        when 'pool' then o.slug when 'key' then k.name else b.scope_id end as name
    from budgets b
    left join app_keys y on b.scope = 'app_key' and y.id = ${id}
    left join apps a on a.id = case b.scope when 'app' then ${id} else y.app_id end
    left join pools o on b.scope = 'pool' and o.id = ${id}
    left join keys k on b.scope = 'key' and k.id = ${id}
    where b.archived_at is null and coalesce(y.expires_at > now(), true)`
}

function conditions(sql: Sql, { scope, id, ownerEmail }: BudgetQuestion): Fragment {
  const parts = [
    scope === undefined ? sql`true` : sql`scope = ${scope}`,
    ...(id === undefined ? [] : [sql`(id = ${id} or name = ${id})`]),
    ...(ownerEmail === null ? [] : [sql`lower(owner_email) = lower(${ownerEmail})`]),
  ]
  return parts.reduce((all, part) => sql`${all} and ${part}`)
}
