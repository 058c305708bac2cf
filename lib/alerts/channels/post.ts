/** Sends one JSON body to a receiver and says what is known of its fate. */
import { type Dispatcher, request } from 'undici'
import { errorText } from '@/lib/log'

export const deadlineMs = 10_000

export type Answer =
  | { kind: 'answered'; status: number; body: string; headers: Record<string, string | string[] | undefined> }
  /** It never left this machine. */
  | { kind: 'unsent'; text: string }
  /** It may have arrived. */
  | { kind: 'unknown'; text: string }

/** What became of a message; `text` is what the receiver said, without secrets. */
export type Outcome = {
  /** `plain`: the card was refused, its text may not be. `retry`: nothing was taken, later may be better. */
  result: 'sent' | 'retry' | 'plain' | 'failed' | 'unknown'
  status: number | null
  code: number | null
  text: string
  retryAfterMs?: number
}

/** Errors of making a connection: nothing of the request has been written. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

export async function post(
  http: Dispatcher,
  url: string,
  body: string,
  headers: Record<string, string> = {},
  timeoutMs = deadlineMs,
): Promise<Answer> {
  try {
    const answer = await request(url, {
      dispatcher: http,
      method: 'POST',
      // A connection that was kept may be closed while the request is on its way, and nobody would know.
      reset: true,
      headers: { 'user-agent': 'akcp', 'content-type': 'application/json; charset=utf-8', ...headers },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = (await answer.body.text()).slice(0, 2000)
    return { kind: 'answered', status: answer.statusCode, body: text, headers: answer.headers }
  } catch (error) {
    const { code } = (error ?? {}) as { code?: string }
    const text = hideUrl(errorText(error), url)
    const refused = /resolves to the private address|has no address/.test(text)
    return { kind: refused || beforeSending.has(code ?? '') ? 'unsent' : 'unknown', text }
  }
}

/** The address is a secret: its path and query stay out of what people read. */
function hideUrl(text: string, url: string): string {
  const { pathname, search } = new URL(url)
  const hidden = [`${pathname}${search}`, pathname].filter((part) => part.length > 1)
  return hidden.reduce((shown, part) => shown.replaceAll(part, '/…'), text).slice(0, 300)
}
