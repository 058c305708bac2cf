/**
 * Money of budgets: what is leased to processes, and what has been posted. Budgets themselves are in `budget-list.ts`.
 *
 * For each hard budget and window `posted + leased + lost <= limit` holds, where `leased` is the sum of the window's
 * leases. Every statement that moves money locks windows first, in the order of their keys; leases change only under
 * the lock of their window. A window's limit is its budget's, read at the moment of the grant.
 */
import { sql } from 'drizzle-orm'
import type { Database, Db } from './database'

/** Which window; `start` and `end` as ISO text. */
export type WindowKey = { budgetId: string; start: string }

export type GrantRequest = WindowKey & {
  /** Nano-dollars that the first call lacks, all waiting calls lack, and calls to come may want. */
  need: number
  demand: number
  prefetch: number
  /** The recall that was sent for this need already; 0: none. */
  asked: number
}

/** All that this process was ever granted in a window, and all that the database has back. */
export type Counters = { granted: bigint; returned: bigint }

export type GrantAnswer = Counters & {
  /** limit - posted - leased - lost; below zero after the limit was lowered. */
  unleased: number
  /** The newest recall. */
  recall: number
  /** Nothing was granted to anybody because this window could not give what the first call lacks. */
  short: boolean
  /** Other processes have leases here and have not answered the recall yet. */
  others: boolean
}

export type WindowState = Counters & {
  unleased: number
  recall: number
  /** Posted by this process, and by all. */
  ownPosted: number
  posted: number
}

export type Return = WindowKey & {
  /** All that was ever given back: sending it again changes nothing. */
  returned: bigint
  /** The newest recall that this answers. */
  recall: number
}

/** `start` in seconds since the epoch. */
export type Notice = { kind: 'recall' | 'freed'; budgetId: string; start: number; recall: number }

const channel = 'budget'

export type LeaseStore = ReturnType<typeof leaseStore>

/** The statements of one process. All answers are in the order of what was asked. */
export function leaseStore({ sql }: Database, processId: string) {
  const run = async <Row extends object>(statement: string, values: object[]) =>
    await sql.unsafe<Row[]>(statement, [processId, JSON.stringify(values)], { prepare: true })
  return {
    /** Makes the rows of windows, from their budgets. */
    async open(windows: (WindowKey & { end: string })[]): Promise<void> {
      const values = windows.map(({ budgetId, start, end }) => ({
        budget_id: budgetId,
        window_start: start,
        window_end: end,
      }))
      await sql.unsafe(openWindows, [JSON.stringify(values)], { prepare: true })
    },

    /** Grants in every window or in none; fewer answers than requests mean that windows are not open. */
    async grant(requests: GrantRequest[]): Promise<GrantAnswer[]> {
      const rows = await run<
        CounterRow & { unleased: string; recall: string; short: boolean; others: boolean }
      >(
        grantLeases,
        requests.map(({ need, demand, prefetch, asked, ...key }, place) => ({
          ...keyOf(key, place),
          need,
          demand,
          prefetch,
          asked,
        })),
      )
      return rows.map((row) => ({
        ...countersOf(row),
        unleased: Number(row.unleased),
        recall: Number(row.recall),
        short: row.short,
        others: row.others,
      }))
    },

    /** Gives back up to `returned` and answers recalls. */
    async giveBack(returns: Return[]): Promise<Counters[]> {
      const rows = await run<CounterRow>(
        returnLeases,
        returns.map(({ returned, recall, ...key }, place) => ({
          ...keyOf(key, place),
          returned: String(returned),
          recall,
        })),
      )
      return rows.map(countersOf)
    },

    /** How windows stand; those without a row read as zeros. */
    async read(keys: WindowKey[]): Promise<WindowState[]> {
      const rows = await run<CounterRow & Record<'own_posted' | 'posted' | 'unleased' | 'recall', string>>(
        readWindows,
        keys.map(keyOf),
      )
      return rows.map((row) => ({
        ...countersOf(row),
        unleased: Number(row.unleased),
        recall: Number(row.recall),
        ownPosted: Number(row.own_posted),
        posted: Number(row.posted),
      }))
    },

    /** Tells of recalls and returns by other processes; resolves with the function that ends it. */
    async listen(tell: (notice: Notice) => void): Promise<() => Promise<void>> {
      const { unlisten } = await sql.listen(channel, (payload) => {
        const [kind, budgetId = '', start, recall, from] = payload.split(' ')
        if (from !== processId && (kind === 'recall' || kind === 'freed')) {
          tell({ kind, budgetId, start: Number(start), recall: Number(recall) })
        }
      })
      return unlisten
    },
  }
}

type CounterRow = { granted: string; returned: string }

function countersOf({ granted, returned }: CounterRow): Counters {
  return { granted: BigInt(granted), returned: BigInt(returned) }
}

function keyOf({ budgetId, start }: WindowKey, place: number) {
  return { place, budget_id: budgetId, window_start: start }
}

const openWindows = `
insert into budget_windows (budget_id, window_start, window_end, limit_nanos)
select w.budget_id, w.window_start, w.window_end, b.limit_nanos
from jsonb_to_recordset($1::text::jsonb) as w(budget_id uuid, window_start timestamptz, window_end timestamptz)
join budgets b on b.id = w.budget_id
order by 1, 2
on conflict do nothing`

/**
 * An eighth of what is left bounds what is granted beyond the demand, so that many processes can share a budget and
 * near its end each gets what it asks for. What `leases` says of other processes may be a moment old: it decides on
 * waiting only.
 */
const grantLeases = `
with want as (
  select * from jsonb_to_recordset($2::text::jsonb) as w(place int, budget_id uuid, window_start timestamptz,
    need bigint, demand bigint, prefetch bigint, asked bigint)
),
locked as (
  select t.*, w.leased_nanos, b.limit_nanos,
    b.limit_nanos - w.posted_nanos - w.leased_nanos - w.lost_nanos as unleased
  from want t join budget_windows w using (budget_id, window_start) join budgets b on b.id = t.budget_id
  order by t.budget_id, t.window_start
  for update of w
),
verdict as (
  select count(*) = (select count(*) from want) and bool_and(need = 0 or unleased >= need) as granted from locked
),
given as (
  select l.*, need > 0 and unleased < need as short, case when v.granted
    then greatest(0, least(unleased, greatest(demand, least(demand + prefetch, unleased / 8)))) else 0 end as amount
  from locked l, verdict v
),
lease as (
  insert into leases as s (budget_id, window_start, process_id, amount_nanos, granted_nanos)
  select budget_id, window_start, $1::text::uuid, amount, amount from given where amount > 0
  order by budget_id, window_start
  on conflict (budget_id, window_start, process_id) do update set
    amount_nanos = s.amount_nanos + excluded.amount_nanos, granted_nanos = s.granted_nanos + excluded.granted_nanos
  returning budget_id, window_start, granted_nanos
),
counted as (
  update budget_windows w set leased_nanos = w.leased_nanos + g.amount, limit_nanos = g.limit_nanos,
    recall = w.recall + case when g.short and g.asked = 0 then 1 else 0 end
  from given g
  where w.budget_id = g.budget_id and w.window_start = g.window_start and (g.amount > 0 or g.short and g.asked = 0)
  returning w.budget_id, w.window_start, w.recall
)
select coalesce(l.granted_nanos, s.granted_nanos, 0)::text as granted, coalesce(s.returned_nanos, 0)::text as returned,
  (g.unleased - g.amount)::text as unleased, coalesce(c.recall, g.asked)::text as recall, g.short,
  g.short and case when g.asked = 0 then g.leased_nanos > coalesce(s.amount_nanos, 0) else exists (
    select 1 from leases o where o.budget_id = g.budget_id and o.window_start = g.window_start
      and o.process_id <> $1::text::uuid and o.amount_nanos > 0 and o.recall_ack < g.asked) end as others,
  case when g.short and g.asked = 0
    then pg_notify('${channel}', concat_ws(' ', 'recall', g.budget_id,
      extract(epoch from g.window_start)::bigint, c.recall, $1::text)) end
from given g
left join lease l using (budget_id, window_start)
left join counted c using (budget_id, window_start)
left join leases s on s.budget_id = g.budget_id and s.window_start = g.window_start and s.process_id = $1::text::uuid
order by g.place`

/** Others are told only where somebody has ever asked for money back. A lease without a row has nothing to give. */
const returnLeases = `
with want as (
  select * from jsonb_to_recordset($2::text::jsonb) as w(place int, budget_id uuid, window_start timestamptz,
    returned bigint, recall bigint)
),
locked as (
  select t.*, w.recall as newest from want t join budget_windows w using (budget_id, window_start)
  order by t.budget_id, t.window_start
  for update of w
),
own as (
  select s.budget_id, s.window_start, k.place, k.recall, k.newest, greatest(s.returned_nanos, k.returned) as returned,
    least(s.amount_nanos, greatest(0, k.returned - s.returned_nanos)) as amount
  from leases s join locked k using (budget_id, window_start)
  where s.process_id = $1::text::uuid and (select count(*) from locked) > 0
  for update of s
),
lease as (
  update leases s set amount_nanos = s.amount_nanos - o.amount, returned_nanos = o.returned,
    recall_ack = greatest(s.recall_ack, o.recall)
  from own o
  where s.budget_id = o.budget_id and s.window_start = o.window_start and s.process_id = $1::text::uuid
  returning o.place, s.granted_nanos, s.returned_nanos, o.newest
),
freed as (
  update budget_windows w set leased_nanos = w.leased_nanos - o.amount from own o
  where w.budget_id = o.budget_id and w.window_start = o.window_start and o.amount > 0
)
select coalesce(l.granted_nanos, 0)::text as granted, coalesce(l.returned_nanos, t.returned)::text as returned,
  case when l.newest > 0 then pg_notify('${channel}', concat_ws(' ', 'freed', t.budget_id,
    extract(epoch from t.window_start)::bigint, l.newest, $1::text)) end
from want t left join lease l using (place)
order by place`

const readWindows = `
select coalesce(s.granted_nanos, 0)::text as granted, coalesce(s.returned_nanos, 0)::text as returned,
  coalesce(s.posted_nanos, 0)::text as own_posted, coalesce(w.posted_nanos, 0)::text as posted,
  (coalesce(b.limit_nanos, 0) - coalesce(w.posted_nanos + w.leased_nanos + w.lost_nanos, 0))::text as unleased,
  coalesce(w.recall, 0)::text as recall
from jsonb_to_recordset($2::text::jsonb) as t(place int, budget_id uuid, window_start timestamptz)
left join budgets b on b.id = t.budget_id
left join budget_windows w on w.budget_id = t.budget_id and w.window_start = t.window_start
left join leases s on s.budget_id = t.budget_id and s.window_start = t.window_start and s.process_id = $1::text::uuid
order by t.place`

/**
 * Gives everything back that is leased to a process which has ended and whose calls are all in the ledger. If it lives
 * after all, its counters tell it.
 */
export async function releaseLeases({ sql }: Database, processId: string): Promise<void> {
  await sql.unsafe(endLeases, [processId, 'released'], { prepare: true })
}

/** Counts everything as lost that is leased to a process which has ended without a trace of its calls. */
export async function lostLeases({ sql }: Database, processId: string): Promise<void> {
  await sql.unsafe(endLeases, [processId, 'lost'], { prepare: true })
}

/**
 * Processes that hold money and have not been seen for an hour, other than `except`, and how many nano-dollars. A process
 * that ends in order is forgotten only when it has given everything back.
 */
export async function abandonedLeases(
  { sql }: Database,
  except: string[],
): Promise<{ processId: string; nanos: bigint }[]> {
  const rows = await sql<{ process_id: string; nanos: string }[]>`
    select s.process_id, sum(s.amount_nanos)::text as nanos
    from leases s left join processes p on p.id = s.process_id
    where s.amount_nanos > 0 and s.process_id <> all(${except}::uuid[])
      and (p.id is null or p.seen_at < now() - interval '1 hour')
    group by 1`
  return rows.map(({ process_id, nanos }) => ({ processId: process_id, nanos: BigInt(nanos) }))
}

const endLeases = `
with locked as (
  select w.budget_id, w.window_start from budget_windows w join leases s using (budget_id, window_start)
  where s.process_id = $1::text::uuid and s.amount_nanos > 0
  order by 1, 2
  for update of w
),
own as (
  select s.budget_id, s.window_start, s.amount_nanos as amount from leases s join locked using (budget_id, window_start)
  where s.process_id = $1::text::uuid and (select count(*) from locked) > 0
  for update of s
),
lease as (
  update leases s set amount_nanos = 0, returned_nanos = s.returned_nanos + o.amount from own o
  where s.budget_id = o.budget_id and s.window_start = o.window_start and s.process_id = $1::text::uuid
),
counted as (
  update budget_windows w set leased_nanos = w.leased_nanos - o.amount,
    lost_nanos = w.lost_nanos + case $2::text when 'lost' then o.amount else 0 end
  from own o where w.budget_id = o.budget_id and w.window_start = o.window_start
  returning w.budget_id, w.window_start
)
select pg_notify('${channel}', concat_ws(' ', 'freed', budget_id, extract(epoch from window_start)::bigint, 0, $1::text))
from counted`

/**
 * Makes lost money of a window available again: somebody has found out that it was not spent. Returns how many
 * nano-dollars it was. The portal's role may do this too.
 */
export async function releaseLost(db: Db, { budgetId, start }: WindowKey): Promise<bigint> {
  const [row] = await db.execute<{ nanos: string }>(
    sql`select release_lost_money(${budgetId}::uuid, ${start}::timestamptz)::text as nanos`,
  )
  return BigInt(row?.nanos ?? 0)
}

/** Removes empty leases of windows that ended more than a day ago. */
export async function forgetOldLeases({ sql }: Database): Promise<void> {
  await sql`
    delete from leases s using budget_windows w
    where w.budget_id = s.budget_id and w.window_start = s.window_start and s.amount_nanos = 0
      and w.window_end < now() - interval '1 day'`
}
