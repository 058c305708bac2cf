import type { AkcpError, Language } from '@/lib/errors'
import type { Reply } from './call'

/** Sends a whole JSON answer. */
export function sendJson(
  reply: Reply,
  status: number,
  value: unknown,
  headers: Record<string, string>,
): void {
  const body = Buffer.from(JSON.stringify(value))
  reply.head(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': String(body.length),
  })
  reply.end(body)
}

export function sendError(
  reply: Reply,
  error: AkcpError,
  requestId: string,
  requestUrl: string | null,
  headers: Record<string, string>,
  language?: Language,
): void {
  sendJson(reply, error.status, error.body(requestId, requestUrl, language), {
    ...headers,
    ...error.details.headers,
  })
}

/** The last event of a stream that failed after its first byte. */
export function errorEvent(
  error: AkcpError,
  requestId: string,
  requestUrl: string | null,
  language?: Language,
): Buffer {
  return Buffer.from(`data: ${JSON.stringify(error.body(requestId, requestUrl, language))}\n\n`)
}
