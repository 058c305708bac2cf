/** Channels and the outbox of what is to be told on them. */
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { channels, deliveries, secrets } from '@/drizzle/schema'
import { isId } from '@/lib/id'
import type { Database, Db } from './database'
import type { Page } from './page'

export type ChannelRow = typeof channels.$inferSelect
export type NewChannel = typeof channels.$inferInsert
export type DeliveryRow = typeof deliveries.$inferSelect
export type NewDelivery = typeof deliveries.$inferInsert

const live = isNull(channels.archivedAt)

export async function listChannels(db: Db, { limit, after }: Page): Promise<ChannelRow[]> {
  return await db
    .select()
    .from(channels)
    .where(and(live, after ? gt(channels.id, after) : undefined))
    .orderBy(channels.id)
    .limit(limit + 1)
}

export async function findChannel(db: Db, id: string): Promise<ChannelRow | undefined> {
  if (!isId(id)) return undefined
  const [row] = await db
    .select()
    .from(channels)
    .where(and(live, eq(channels.id, id)))
  return row
}

/** Another live channel of that name. */
export async function findChannelByName(db: Db, name: string): Promise<ChannelRow | undefined> {
  const [row] = await db
    .select()
    .from(channels)
    .where(and(live, eq(channels.name, name)))
  return row
}

/** One that is there already, archived or not, stays as it is. */
export async function insertChannel(db: Db, values: NewChannel): Promise<void> {
  await db.insert(channels).values(values).onConflictDoNothing({ target: channels.id })
}

/** False when there is no such channel. */
export async function updateChannel(db: Db, id: string, values: Partial<NewChannel>): Promise<boolean> {
  if (!isId(id)) return false
  const updated = await db
    .update(channels)
    .set(values)
    .where(and(live, eq(channels.id, id)))
    .returning({ id: channels.id })
  return updated.length > 0
}

/** Channels that are told things. */
export async function openChannels(db: Db): Promise<Pick<ChannelRow, 'id' | 'minSeverity'>[]> {
  return await db
    .select({ id: channels.id, minSeverity: channels.minSeverity })
    .from(channels)
    .where(and(live, eq(channels.enabled, true)))
}

/** What has been written already is not written again; returns how many were new. */
export async function insertDeliveries(db: Db, rows: NewDelivery[]): Promise<number> {
  if (rows.length === 0) return 0
  const added = await db
    .insert(deliveries)
    .values(rows)
    .onConflictDoNothing({ target: [deliveries.channelId, deliveries.about] })
    .returning({ id: deliveries.id })
  return added.length
}

/** Whether a channel has been told, or is about to be. */
export async function isTold(db: Db, about: string): Promise<boolean> {
  const [row] = await db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(eq(deliveries.about, about))
    .limit(1)
  return row !== undefined
}

export async function deliveriesOfAlert(
  db: Db,
  alertId: string,
): Promise<(DeliveryRow & { channel: string })[]> {
  const rows = await db
    .select({ delivery: deliveries, channel: channels.name })
    .from(deliveries)
    .innerJoin(channels, eq(channels.id, deliveries.channelId))
    .where(eq(deliveries.alertId, alertId))
    .orderBy(deliveries.id)
  return rows.map(({ delivery, channel }) => ({ ...delivery, channel }))
}

export type LastDelivery = { channel_id: string; state: DeliveryRow['state']; at: string }

/** The newest delivery of each channel that is no longer waiting. */
export async function lastDeliveries(
  { sql: client }: Database,
  channelIds: string[],
): Promise<LastDelivery[]> {
  return await client<LastDelivery[]>`
    select channel_id, state, coalesce(sent_at, created_at) as at
    from unnest(${channelIds}::uuid[]) as wanted(channel_id), lateral (
      select state, sent_at, created_at from deliveries d
      where d.channel_id = wanted.channel_id and state <> 'waiting' order by id desc limit 1) newest`
}

/** A channel that this process may send on now, with what waits for it. */
export type Claim = { channel: ChannelRow; waiting: DeliveryRow[]; sendsInLastMinute: number }

/** What one channel may send: Feishu takes 5 a second and 100 a minute, of which we leave some to others. */
const spacingMs = 250
const sendsAMinute = 90
const claimSeconds = 60
const waitingMax = 200

/**
 * Takes a channel that has something due, so that no other process sends on it; null when there is none. Rows that a
 * dead process was sending become `unknown`: nobody knows whether they arrived. Gives no channel of `except`.
 */
export async function claimChannel(
  { sql: client, db }: Database,
  processId: string,
  except: string[],
): Promise<Claim | null> {
  const [claimed] = await client<{ id: string; sends: number }[]>`
    update channels c set claimed_by = ${processId}, claimed_until = now() + make_interval(secs => ${claimSeconds}),
      recent_sends = array(select at from unnest(recent_sends) at where at > now() - interval '1 minute')
    where c.id = (
      select id from channels
      where archived_at is null and enabled and id <> all(${except}::uuid[])
        and (claimed_until is null or claimed_until < now())
        and exists (
          select 1 from deliveries d where d.channel_id = channels.id
            and ((d.state = 'waiting' and d.next_try_at <= now()) or d.state = 'sending'))
        and (select count(*) from unnest(recent_sends) at where at > now() - interval '1 minute') < ${sendsAMinute}
        and not exists (select 1 from unnest(recent_sends) at where at > now() - make_interval(secs => ${spacingMs / 1000}))
      order by claimed_until nulls first limit 1 for update skip locked)
    returning id, cardinality(recent_sends) as sends`
  if (!claimed) return null
  await client`
    update deliveries set state = 'unknown',
      receipt = '{"text": "the process that sent it ended before the answer came"}'
    where channel_id = ${claimed.id} and state = 'sending'`
  const [channel] = await db.select().from(channels).where(eq(channels.id, claimed.id))
  const waiting = await db
    .select()
    .from(deliveries)
    .where(
      and(
        eq(deliveries.channelId, claimed.id),
        eq(deliveries.state, 'waiting'),
        sql`${deliveries.nextTryAt} <= now()`,
      ),
    )
    .orderBy(deliveries.id)
    .limit(waitingMax)
  return channel ? { channel, waiting, sendsInLastMinute: claimed.sends } : null
}

/** Whether something could be sent in a moment: it is due, and only the receiver's limits hold it back. */
export async function hasDue({ sql: client }: Database, except: string[]): Promise<boolean> {
  const [row] = await client`
    select 1 from channels c join deliveries d on d.channel_id = c.id
    where c.archived_at is null and c.enabled and c.id <> all(${except}::uuid[]) and d.state = 'waiting'
      and d.next_try_at <= now() and (c.claimed_until is null or c.claimed_until < now()) limit 1`
  return row !== undefined
}

/** Says, before the request goes out, that these rows are on their way in one message. False: the claim is lost. */
export async function beginSending(
  { sql: client }: Database,
  processId: string,
  channelId: string,
  messageId: string,
  ids: string[],
): Promise<boolean> {
  const [mine] = await client`
    with mine as (
      update channels set recent_sends = recent_sends || now()
      where id = ${channelId} and claimed_by = ${processId} and claimed_until > now() + interval '20 seconds' returning id)
    update deliveries set state = 'sending', message_id = ${messageId}, tries = tries + 1
    where id = any(${ids}::uuid[]) and state = 'waiting' and exists (select 1 from mine)
    returning id`
  return mine !== undefined
}

export type Ending = {
  state: 'sent' | 'failed' | 'unknown' | 'waiting'
  /** With `waiting`: when it is tried again. */
  retryInMs: number
  plain: boolean
  receipt: object
  /** What is wrong with the channel; null: nothing. */
  problem: string | null
}

export async function endSending(
  { sql: client }: Database,
  channelId: string,
  ids: string[],
  ending: Ending,
): Promise<void> {
  const { state, retryInMs, plain, receipt, problem } = ending
  await client`
    with told as (
      update channels set claimed_until = null, problem = ${problem},
        problem_since = case when ${problem}::text is null then null else coalesce(problem_since, now()) end
      where id = ${channelId})
    update deliveries set state = ${state}, plain = ${plain}, receipt = ${JSON.stringify(receipt)}::text::jsonb,
      sent_at = case when ${state} in ('sent', 'unknown') then now() end,
      next_try_at = now() + make_interval(secs => ${retryInMs / 1000})
    where id = any(${ids}::uuid[]) and state = 'sending'`
}

/** Gives a channel back without having sent anything. */
export async function releaseChannel(
  { sql: client }: Database,
  processId: string,
  channelId: string,
): Promise<void> {
  await client`update channels set claimed_until = null where id = ${channelId} and claimed_by = ${processId}`
}

/** Nobody wants yesterday's news: what could not be sent within a day is given up, finished rows go after 90 days. */
export async function forgetOldDeliveries({ sql: client }: Database): Promise<void> {
  await client`
    update deliveries set state = 'failed', receipt = coalesce(receipt, '{"text": "not sent within a day"}')
    where state = 'waiting' and created_at < now() - interval '1 day'`
  await client`delete from deliveries where state not in ('waiting', 'sending') and created_at < now() - interval '90 days'`
}

/** For gateways only: the portal's role cannot read it. */
export async function sealedOf(
  db: Db,
  purpose: 'channel' | 'channel_secret',
  channelId: string,
): Promise<Buffer | null> {
  const [row] = await db
    .select({ sealed: secrets.sealed })
    .from(secrets)
    .where(and(eq(secrets.purpose, purpose), eq(secrets.rowId, channelId)))
  return row?.sealed ?? null
}
