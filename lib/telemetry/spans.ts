/**
 * What OpenTelemetry is told of a call that has ended: names and attributes by its HTTP and GenAI semantic conventions
 * (the latter are in development: https://github.com/open-telemetry/semantic-conventions-genai), the rest as `akcp.…`.
 * Never a prompt, an answer, a header or a provider's own error message, which may quote any of them.
 */
import type { Attributes } from '@opentelemetry/api'
import type { LedgerRow } from '@/lib/data/ledger'

/** What is known of a call beside its ledger row. */
export type EndedCall = {
  /** Milliseconds since the epoch, and the same instant by `performance.now()`. */
  startedAt: number
  clock: number
  traceparent: string | null
  downgradedFrom: string | null
  usageReported: boolean
  endpoint: { name: string; method: string; path: string } | null
  target: { pool: { slug: string } } | null
  tried: { provider: { slug: string; origin: string }; startedAt: number }[]
}

export type CallSpan = {
  name: string
  /** Milliseconds since the epoch. */
  start: number
  end: number
  failed: boolean
  attributes: Attributes
}

export type AttemptSpan = CallSpan & {
  /** Those of its attributes that metrics have too: few values each. */
  dimensions: Attributes
  /** As the provider reported them; null when it did not. */
  tokens: { input: number; output: number } | null
  /** Seconds to the first byte of a stream. */
  firstChunk: number | null
}

const operations: Record<string, string> = { 'chat/completions': 'chat', embeddings: 'embeddings' }
/** Where the conventions have another name for a provider than our presets. */
const providerNames: Record<string, string> = {
  gemini: 'gcp.gemini',
  mistral: 'mistral_ai',
  moonshot: 'moonshot_ai',
}

/** One span of the gateway's own; `attempts` are what `attemptSpans` made of the same call. */
export function callSpan(call: EndedCall, row: LedgerRow, attempts: AttemptSpan[]): CallSpan {
  const { endpoint, target, downgradedFrom, startedAt } = call
  const route = `/v1${endpoint?.path ?? ''}`
  const failed = row.status >= 500
  return {
    name: `${endpoint?.method ?? ''} ${route}`,
    start: startedAt,
    end: Math.max(startedAt + row.latency_ms, ...attempts.map(({ end }) => end)),
    failed,
    attributes: {
      'http.request.method': endpoint?.method,
      'http.route': route,
      'http.response.status_code': row.status,
      ...(failed && { 'error.type': row.error_code ?? String(row.status) }),
      'gen_ai.operation.name': operationOf(row),
      'gen_ai.request.model': row.model,
      ...(row.outcome === 'ok' && { 'gen_ai.response.model': row.served_model }),
      'akcp.id': row.id,
      'akcp.request_id': row.request_id,
      ...(row.app_id !== null && { 'akcp.app_id': row.app_id }),
      'akcp.tenant': row.tenant,
      'akcp.project': row.project,
      'akcp.feature': row.feature,
      'akcp.environment': row.environment,
      'akcp.outcome': row.outcome,
      'akcp.attempts': row.attempts.length,
      'akcp.cost_usd': Number(row.cost_nanos) / 1e9,
      'akcp.cost_source': row.cost_source,
      ...(target && { 'akcp.pool': target.pool.slug }),
      ...(row.error_code !== null && { 'akcp.error_code': row.error_code }),
      ...(downgradedFrom !== null && { 'akcp.downgraded_from': downgradedFrom }),
    },
  }
}

/** One client span an attempt, in order. */
export function attemptSpans(call: EndedCall, row: LedgerRow): AttemptSpan[] {
  return row.attempts.map((attempt, at) => {
    const { provider, startedAt = call.clock } = call.tried[at] ?? {}
    const start = call.startedAt + startedAt - call.clock
    const operation = operationOf(row)
    const isLast = at === row.attempts.length - 1
    const tokens =
      isLast && call.usageReported ? { input: row.input_tokens, output: row.output_tokens } : null
    const firstChunk = isLast && row.ttft_ms !== null ? (row.ttft_ms - (startedAt - call.clock)) / 1000 : null
    const dimensions: Attributes = {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': providerNames[attempt.provider] ?? attempt.provider,
      'gen_ai.request.model': attempt.model,
      ...(provider && serverOf(provider.origin)),
      ...(attempt.class !== null && { 'error.type': attempt.class }),
    }
    return {
      name: `${operation} ${attempt.model}`,
      start,
      end: start + attempt.ms,
      failed: attempt.class !== null,
      dimensions,
      tokens,
      firstChunk,
      attributes: {
        ...dimensions,
        ...(row.stream && { 'gen_ai.request.stream': true }),
        'akcp.id': row.id,
        ...(attempt.key_id !== null && { 'akcp.key_id': attempt.key_id }),
        ...(at > 0 && { 'http.request.resend_count': at }),
        ...(attempt.status !== null && { 'http.response.status_code': attempt.status }),
        ...(tokens && usageOf(row)),
        ...(firstChunk !== null && { 'gen_ai.response.time_to_first_chunk': firstChunk }),
      },
    }
  })
}

function operationOf({ endpoint }: LedgerRow): string {
  return operations[endpoint] ?? endpoint
}

function serverOf(origin: string): Attributes {
  const { hostname, port, protocol } = new URL(origin)
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) }
}

function usageOf(row: LedgerRow): Attributes {
  return {
    'gen_ai.usage.input_tokens': row.input_tokens,
    'gen_ai.usage.output_tokens': row.output_tokens,
    'gen_ai.usage.cache_read.input_tokens': row.cached_input_tokens,
    'gen_ai.usage.reasoning.output_tokens': row.reasoning_tokens,
  }
}
