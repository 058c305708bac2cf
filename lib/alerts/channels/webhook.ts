/**
 * A JSON message to any address, signed as Standard Webhooks describe (https://www.standardwebhooks.com): HMAC-SHA-256
 * over `id.timestamp.body`. Receivers tell repetitions by `webhook-id`.
 */
import { createHmac } from 'node:crypto'
import type { Dispatcher } from 'undici'
import type { Message } from '@/lib/alerts/message'
import { type Answer, type Outcome, post } from './post'

export type Webhook = { url: string; secret: string | null }

export async function sendWebhook(
  http: Dispatcher,
  { url, secret }: Webhook,
  message: Message,
  { now, timeoutMs }: { now: number; timeoutMs?: number },
): Promise<Outcome> {
  const { id, title, tone, sections, alerts } = message
  const body = JSON.stringify({
    id,
    type: alerts.length > 0 ? 'alerts' : 'message',
    sent_at: new Date(now).toISOString(),
    title,
    tone,
    sections,
    alerts,
  })
  const timestamp = String(Math.floor(now / 1000))
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    ...(secret && { 'webhook-signature': webhookSignature(secret, id, timestamp, body) }),
  }
  return judge(await post(http, url, body, headers, timeoutMs))
}

/** A secret that begins with `whsec_` is base64, as the standard has it; any other counts as it is written. */
export function webhookSignature(secret: string, id: string, timestamp: string, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret)
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

function judge(answer: Answer): Outcome {
  if (answer.kind !== 'answered') {
    return {
      result: answer.kind === 'unsent' ? 'retry' : 'unknown',
      status: null,
      code: null,
      text: answer.text,
    }
  }
  const { status, headers } = answer
  const known = { status, code: null, text: answer.body.slice(0, 200) }
  if (status < 300) return { result: 'sent', ...known }
  if (status === 429 || status === 408 || status >= 500) {
    const seconds = Number(headers['retry-after'])
    return { result: 'retry', ...known, ...(seconds > 0 && { retryAfterMs: Math.min(seconds, 3600) * 1000 }) }
  }
  return { result: 'failed', ...known }
}
