/** What an attempt that failed says: its class, the provider's words, and when to try again. */
import type { IncomingHttpHeaders } from 'node:http'
import {
  type AttemptClass,
  classify,
  classifyFailure,
  readUpstreamError,
  type UpstreamError,
} from '@/lib/providers/classify'
import { retryAfterMs, retryAfterOfBody } from '@/lib/providers/retry-after'

export type Failure = {
  class: AttemptClass
  status: number | null
  error: UpstreamError
  retryAfterMs: number | null
}

/** Why we ended an attempt that took too long. */
export type Timeout = 'first byte timeout' | 'total timeout'

/** A whole answer that is an error. */
export function answeredFailure(status: number, headers: IncomingHttpHeaders, body: Buffer): Failure {
  const error = readUpstreamError(body)
  const failureClass = classify(status, error)
  const now = Date.now()
  // Other errors may repeat words of the prompt.
  const mayName = failureClass === 'rate' || failureClass === 'quota'
  return {
    class: failureClass,
    status,
    error,
    retryAfterMs: retryAfterMs(headers, now) ?? (mayName ? retryAfterOfBody(body, now) : null),
  }
}

/** No answer, or one that broke off. */
export function brokenFailure(error: Error, timeout: Timeout | null): Failure {
  const message = timeout
    ? `the ${timeout} passed`
    : error.message.slice(0, 300) || codeOf(error) || error.name
  return {
    class: timeout ? 'timeout' : classifyFailure(error),
    status: null,
    error: { message, type: null, code: codeOf(error), param: null },
    retryAfterMs: null,
  }
}

/** An error event in a stream that began with 200. */
export function inBandFailure(error: Record<string, unknown>): Failure {
  const read = readUpstreamError(Buffer.from(JSON.stringify({ error })))
  return { class: 'provider', status: 200, error: read, retryAfterMs: null }
}

export function emptyAnswer(status: number): Failure {
  const error = { message: 'the stream ended without an event', type: null, code: null, param: null }
  return { class: 'provider', status, error, retryAfterMs: null }
}

function codeOf(error: Error): string | null {
  return 'code' in error && typeof error.code === 'string' ? error.code : null
}
