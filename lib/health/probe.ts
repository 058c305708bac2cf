import { type Dispatcher, request } from 'undici'
import { errorText } from '@/lib/log'
import { type AttemptClass, classify, classifyFailure, readUpstreamError } from '@/lib/providers/classify'
import { modelIds } from '@/lib/providers/model-ids'
import { redact } from '@/lib/providers/redact'

const deadlineMs = 8000

export type ProbeResult = {
  ok: boolean
  /** Milliseconds. */
  ms: number
  status: number | null
  class: AttemptClass | null
  /** What the provider said, without the secret. */
  error: string | null
  models: string[]
}

export type ProbeTarget = { baseUrl: string; headers: Record<string, string>; secret: string }

/** Asks for the provider's models, which costs nothing and shows that address, network and secret are good. */
export async function probe(
  upstream: Dispatcher,
  { baseUrl, headers, secret }: ProbeTarget,
): Promise<ProbeResult> {
  const startedAt = performance.now()
  const done = (result: Omit<ProbeResult, 'ms' | 'ok'>): ProbeResult => ({
    ...result,
    ok: result.class === null,
    ms: Math.round(performance.now() - startedAt),
    error: result.error && redact(result.error, secret).slice(0, 300),
  })
  try {
    const answer = await request(`${baseUrl.replace(/\/+$/, '')}/models`, {
      dispatcher: upstream,
      headers: {
        'user-agent': 'akcp',
        'accept-encoding': 'identity',
        ...headers,
        authorization: `Bearer ${secret}`,
      },
      signal: AbortSignal.timeout(deadlineMs),
    })
    const body = Buffer.from(await answer.body.arrayBuffer())
    if (answer.statusCode === 200)
      return done({ status: 200, class: null, error: null, models: modelIds(body) })
    const error = readUpstreamError(body)
    return done({
      status: answer.statusCode,
      class: classify(answer.statusCode, error),
      error: error.message,
      models: [],
    })
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    return done({
      status: null,
      class: timedOut ? 'timeout' : classifyFailure(error),
      error: errorText(error),
      models: [],
    })
  }
}
