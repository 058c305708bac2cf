import { checkChannelUrl } from '@/lib/alerts/channels/address'
import { sendFeishu } from '@/lib/alerts/channels/feishu'
import { testMessage } from '@/lib/alerts/message'
import { findChannelByName, listChannels } from '@/lib/data/channels'
import { addVaultTask, awaitVaultTask } from '@/lib/data/vault-tasks'
import { createUpstream } from '@/lib/gateway/upstream'
import { newId } from '@/lib/id'
import { channelTestResult } from '@/lib/schemas/alerts'
import type { Invocation } from './command'

/** A gateway waits ten seconds for the receiver. */
const waitMs = 12_000
const all = { limit: 200, after: undefined }

/** Sends by itself where the environment names the bot; addresses that are sealed only a running gateway can open. */
export async function testFeishu(invocation: Invocation): Promise<number> {
  const { env, args } = invocation
  const [name] = args
  if (name === undefined && env.FEISHU_WEBHOOK_URL) return await sendHere(invocation, env.FEISHU_WEBHOOK_URL)
  return await askGateway(invocation, name)
}

async function sendHere({ env, print }: Invocation, url: string): Promise<number> {
  const refused = checkChannelUrl('feishu', url, env.AKCP_ALLOW_PRIVATE_ORIGINS)
  if (refused) throw new Error(`FEISHU_WEBHOOK_URL is not accepted: ${refused}`)
  const http = createUpstream(env.AKCP_ALLOW_PRIVATE_ORIGINS)
  const bot = { url, secret: env.FEISHU_WEBHOOK_SECRET ?? null }
  const portalUrl = env.NEXTAUTH_URL?.replace(/\/$/, '') ?? null
  const message = testMessage(newId(), 'FEISHU_WEBHOOK_URL', { language: 'zh', timeZone: 'UTC', portalUrl })
  const { result, status, code, text } = await sendFeishu(http, bot, message, {
    plain: false,
    now: Date.now(),
  })
  await http.destroy()
  return report(print, 'FEISHU_WEBHOOK_URL', { ok: result === 'sent', status, code, text })
}

async function askGateway({ database, print }: Invocation, name: string | undefined): Promise<number> {
  const { db } = database
  const named = name === undefined ? undefined : await findChannelByName(db, name)
  const channels = named ? [named] : (await listChannels(db, all)).filter(({ kind }) => kind === 'feishu')
  if (channels.length === 0 || (name !== undefined && !named)) {
    const missing = name === undefined ? 'there is no Feishu channel' : `there is no channel ${name}`
    throw new Error(`${missing}: set FEISHU_WEBHOOK_URL, or add one under Alerts in the portal`)
  }
  let exitCode = 0
  for (const channel of channels) {
    const task = await addVaultTask(db, { kind: 'test_channel', input: { channel_id: channel.id } })
    const result = channelTestResult.safeParse(await awaitVaultTask(db, task, waitMs))
    if (!result.success)
      throw new Error('no gateway answered: only a running one can open the address; start it with npm start')
    exitCode = Math.max(exitCode, report(print, channel.name, result.data))
  }
  return exitCode
}

type Result = { ok: boolean; status: number | null; code: number | null; text: string }

function report(print: Invocation['print'], name: string, { ok, status, code, text }: Result): number {
  const answer = [status === null ? '' : `HTTP ${status}`, code === null ? '' : `code ${code}`, text].filter(
    Boolean,
  )
  print(
    ok
      ? `${name}: the message has arrived (${answer.join(', ')})`
      : `${name}: not delivered: ${answer.join(', ')}`,
  )
  return ok ? 0 : 1
}
