/**
 * Empties the outbox. One process at a time sends on a channel; what is due for the same rule goes out as one message,
 * and when there is too much for the receiver's limits, everything as one digest. A row is marked before its message
 * leaves: what was sent and not answered is `unknown` and never sent again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dispatcher } from 'undici'
import {
  beginSending,
  type ChannelRow,
  type Claim,
  claimChannel,
  type DeliveryRow,
  type Ending,
  endSending,
  findChannel,
  hasDue,
  releaseChannel,
  sealedOf,
} from '@/lib/data/channels'
import type { Database } from '@/lib/data/database'
import { readSettings } from '@/lib/data/settings'
import { newId } from '@/lib/id'
import { errorText, log } from '@/lib/log'
import { severities } from '@/lib/schemas/alerts'
import { settings } from '@/lib/schemas/settings'
import { open } from '@/lib/secrets/vault'
import { checkChannelUrl } from './channels/address'
import { sendFeishu } from './channels/feishu'
import type { Outcome } from './channels/post'
import { sendWebhook } from './channels/webhook'
import { compose, groupOf, type Message, testMessage, type Writing } from './message'
import type { Payload } from './payload'

export type DeliveryContext = {
  database: Database
  processId: string
  privateKey: CryptoKey
  upstream: Dispatcher
  allowedOrigins: string[]
  /** Where buttons lead; null: messages have none. */
  portalUrl: string | null
  /** The bot that this process's environment names. */
  environmentBot: { url: string; secret: string | null } | null
  now?: () => number
  /** How long an answer is waited for. */
  timeoutMs?: number
}

type Address = { url: string; secret: string | null }

/** Of one run: what is left waits for the next. */
const runMs = 15_000
const pauseMs = 100
/** More different messages than this at once, or this many in a minute, become one. */
const groupsMax = 5
const calmSendsAMinute = 60
/** Seconds until the next try; after the last one it is given up. */
const retrySeconds = [1, 5, 30, 120, 600, 1800, 3600]
const feishuBadSignature = 19021

/** Returns how many messages were sent and how many were not. */
export async function deliverDue(context: DeliveryContext): Promise<{ sent: number; failed: number }> {
  const { database, processId } = context
  const until = Date.now() + runMs
  const done = { sent: 0, failed: 0 }
  const except: string[] = []
  while (Date.now() < until) {
    const claim = await claimChannel(database, processId, except)
    if (claim) {
      const result = await serve(context, claim)
      if (result === 'elsewhere') except.push(claim.channel.id)
      else if (result) done[result === 'sent' ? 'sent' : 'failed']++
    } else {
      if (!(await hasDue(database, except))) break
      await sleep(pauseMs)
    }
  }
  return done
}

/** One message on one channel; null when nothing was due, `elsewhere` when another process must send it. */
async function serve(
  context: DeliveryContext,
  { channel, waiting, sendsInLastMinute }: Claim,
): Promise<Outcome['result'] | 'elsewhere' | null> {
  const { database, processId } = context
  const rows = choose(waiting, sendsInLastMinute)
  const address = rows.length > 0 ? await addressOf(context, channel) : null
  if (address === null) {
    await releaseChannel(database, processId, channel.id)
    return rows.length > 0 ? 'elsewhere' : null
  }
  const id = newId()
  const ids = rows.map((row) => row.id)
  const writing = await writingFor(context, channel)
  const message = compose(
    id,
    rows.map(({ payload }) => payload as Payload),
    writing,
  )
  if (!(await beginSending(database, processId, channel.id, id, ids))) return null
  const plain = rows.some((row) => row.plain)
  const outcome =
    'refused' in address
      ? ({ result: 'failed', status: null, code: null, text: address.refused } as const)
      : await send(context, channel, address, message, plain)
  const tries = 1 + Math.max(...rows.map((row) => row.tries))
  await endSending(database, channel.id, ids, endingOf(outcome, tries, plain, id))
  log.info(
    { channel: channel.name, rows: ids.length, result: outcome.result, code: outcome.code },
    'notification',
  )
  return outcome.result
}

/** The worst of what waits, with the rest of its group; everything when it is too much for single messages. */
function choose(waiting: DeliveryRow[], sendsInLastMinute: number): DeliveryRow[] {
  const groups = new Map<string, DeliveryRow[]>()
  for (const row of waiting) {
    const group = `${groupOf(row.payload as Payload)} ${row.plain}`
    groups.set(group, [...(groups.get(group) ?? []), row])
  }
  if (groups.size > groupsMax || sendsInLastMinute >= calmSendsAMinute) return waiting
  const [first = []] = [...groups.values()].toSorted((a, b) => urgency(b) - urgency(a))
  return first
}

function urgency(rows: DeliveryRow[]): number {
  return Math.max(
    ...rows.map((row) => {
      const payload = row.payload as Payload
      return payload.kind === 'alert' ? severities.indexOf(payload.severity) : -1
    }),
  )
}

async function send(
  { upstream, now = Date.now, timeoutMs }: DeliveryContext,
  { kind }: ChannelRow,
  address: Address,
  message: Message,
  plain: boolean,
): Promise<Outcome> {
  const outcome =
    kind === 'feishu'
      ? await sendFeishu(upstream, address, message, { plain, now: now(), timeoutMs })
      : await sendWebhook(upstream, address, message, { now: now(), timeoutMs })
  // A receiver may repeat what it was sent.
  const hidden = [address.secret, address.url].filter((part) => part !== null)
  return { ...outcome, text: hidden.reduce((text, part) => text.replaceAll(part, '…'), outcome.text) }
}

function endingOf(outcome: Outcome, tries: number, plain: boolean, id: string): Ending {
  const { result, status, code, text, retryAfterMs } = outcome
  const receipt = { message_id: id, status, code, text, at: new Date().toISOString() }
  const ended = { retryInMs: 0, plain, receipt }
  if (result === 'sent') return { state: 'sent', ...ended, problem: null }
  if (result === 'unknown') return { state: 'unknown', ...ended, problem: `no answer: ${text}` }
  if (result === 'plain')
    return { state: 'waiting', ...ended, plain: true, problem: `the card was refused: ${text}` }
  const seconds = retrySeconds[tries - 1]
  const again = result === 'retry' && seconds !== undefined && !(code === feishuBadSignature && tries > 1)
  if (!again) return { state: 'failed', ...ended, problem: text || `refused with status ${status}` }
  const jitter = 0.8 + Math.random() * 0.4
  const retryInMs = Math.max(retryAfterMs ?? 0, seconds * 1000 * jitter)
  return { state: 'waiting', ...ended, retryInMs, problem: text || `refused with status ${status}` }
}

/** Null: only a process whose environment names the bot can send. */
async function addressOf(
  { database: { db }, privateKey, environmentBot, allowedOrigins }: DeliveryContext,
  channel: ChannelRow,
): Promise<Address | { refused: string } | null> {
  if (channel.urlRef !== null) return environmentBot
  try {
    const [url, secret] = await Promise.all([
      sealedOf(db, 'channel', channel.id),
      sealedOf(db, 'channel_secret', channel.id),
    ])
    if (!url) return { refused: 'its address has not been entered' }
    const read = (purpose: 'channel' | 'channel_secret', sealed: Buffer) =>
      open(privateKey, { purpose, rowId: channel.id, baseUrl: '' }, sealed)
    const address = {
      url: await read('channel', url),
      secret: secret && (await read('channel_secret', secret)),
    }
    const refused = checkChannelUrl(channel.kind, address.url, allowedOrigins)
    return refused ? { refused } : address
  } catch (error) {
    log.warn({ channel: channel.name, error: errorText(error) }, 'a channel cannot be used')
    return { refused: 'its sealed address cannot be opened; enter it again' }
  }
}

async function writingFor(
  { database, portalUrl }: DeliveryContext,
  { language }: ChannelRow,
): Promise<Writing> {
  const { time_zone: timeZone } = settings.parse(await readSettings(database.db, ['time_zone']))
  return { language, timeZone, portalUrl }
}

export type ChannelTest = {
  ok: boolean
  ms: number
  status: number | null
  code: number | null
  text: string
}

/** Sends a test message now, past the outbox, and says what the receiver said. */
export async function testChannel(context: DeliveryContext, channelId: string): Promise<ChannelTest> {
  const startedAt = performance.now()
  const done = (result: Omit<ChannelTest, 'ms'>) => ({
    ...result,
    ms: Math.round(performance.now() - startedAt),
  })
  const failed = (text: string) => done({ ok: false, status: null, code: null, text })
  const channel = await findChannel(context.database.db, channelId)
  if (!channel) return failed('there is no such channel')
  const address = await addressOf(context, channel)
  if (address === null) return failed('FEISHU_WEBHOOK_URL is not set in the environment of this gateway')
  if ('refused' in address) return failed(address.refused)
  const message = testMessage(newId(), channel.name, await writingFor(context, channel))
  const { result, status, code, text } = await send(context, channel, address, message, false)
  return done({ ok: result === 'sent', status, code, text })
}
