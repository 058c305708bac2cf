import type { Dispatcher } from 'undici'
import { errorText } from '@/lib/log'
import { type AttemptClass, classify, classifyFailure, readUpstreamError } from '@/lib/providers/classify'
import { modelIds } from '@/lib/providers/model-ids'
import { redact } from '@/lib/providers/redact'
import { retryAfterMs } from '@/lib/providers/retry-after'
import { type Answer, ask, type CheckTarget } from './ask'

export type Finding = {
  ok: boolean
  /** Milliseconds. */
  ms: number
  status: number | null
  class: AttemptClass | null
  /** What the provider said, without the secret. */
  error: string | null
  retryAfterMs: number | null
  body: Buffer
}
export type ProbeResult = Omit<Finding, 'body'> & { models: string[] }

/** Asks for the provider's models, which costs nothing and shows that address, network and secret are good. */
export async function probe(upstream: Dispatcher, target: CheckTarget): Promise<ProbeResult> {
  const { body, ...finding } = await find(target.secret, () =>
    ask(upstream, `${target.baseUrl.replace(/\/+$/, '')}/models`, target),
  )
  return { ...finding, models: finding.ok ? modelIds(body) : [] }
}

/** What a question to a provider says about the key that it was asked with. */
export async function find(secret: string, question: () => Promise<Answer>): Promise<Finding> {
  const startedAt = performance.now()
  const found = await question().then(
    (answer) => readAnswer(answer),
    (error) => readFailure(error),
  )
  return {
    ...found,
    ok: found.class === null,
    ms: Math.round(performance.now() - startedAt),
    error: found.error && plainText(redact(found.error, secret)),
  }
}

type Found = Omit<Finding, 'ok' | 'ms'>

function readAnswer({ status, headers, body }: Answer): Found {
  if (status === 200) return { status, class: null, error: null, retryAfterMs: null, body }
  const error = readUpstreamError(body)
  return {
    status,
    class: classify(status, error),
    error: error.message,
    retryAfterMs: retryAfterMs(headers, Date.now()),
    body,
  }
}

function readFailure(error: unknown): Found {
  const timedOut = error instanceof Error && error.name === 'TimeoutError'
  return {
    status: null,
    class: timedOut ? 'timeout' : classifyFailure(error),
    error: errorText(error),
    retryAfterMs: null,
    body: Buffer.alloc(0),
  }
}

/** What a JSON column takes: no control characters, no half of a surrogate pair. */
function plainText(text: string): string {
  return text
    .slice(0, 300)
    .replace(/\p{Cc}/gu, ' ')
    .toWellFormed()
}
