import type { LedgerRow } from '@/lib/data/ledger'
import type { AkcpError } from '@/lib/errors'
import { costNanos, type Usage } from '@/lib/ledger/cost'
import { log } from '@/lib/log'
import type { Context } from './context'
import type { Forwarded } from './forward'
import type { Progress } from './progress'

export type Ending = { forwarded: Exclude<Forwarded, { kind: 'failed' }>; error: AkcpError | null }

type Charge = { usage: Usage; costNanos: bigint; source: LedgerRow['cost_source']; priceId: string | null }
type Result = {
  outcome: LedgerRow['outcome']
  status: number
  errorCode: string | null
  ttftMs: number | null
}

const nothing: Charge = {
  usage: { input: 0, cachedInput: 0, output: 0, reasoning: 0 },
  costNanos: 0n,
  source: 'reported',
  priceId: null,
}

/** The row of a call that a provider answered, or that its client left. Resolves when it is in the database. */
export function record(context: Context, progress: Progress, { forwarded, error }: Ending): Promise<void> {
  const answered = forwarded.kind === 'answered' ? forwarded : null
  const left = !answered || answered.ending === 'left'
  return save(context, progress, charge(context, progress, answered), {
    outcome: left ? 'client_closed' : error ? 'error' : 'ok',
    status: left ? 499 : (error?.status ?? answered?.status ?? 0),
    errorCode: error?.code ?? null,
    ttftMs: answered && progress.stream ? Math.round(answered.firstByteAt - progress.clock) : null,
  })
}

/** The row of a call that was refused, or whose every attempt failed. */
export function recordRefusal(context: Context, progress: Progress, error: AkcpError): Promise<void> {
  if (progress.endpoint?.kind !== 'generate') return Promise.resolve()
  const outcome = progress.tries > 0 ? 'error' : 'refused'
  return save(context, progress, nothing, {
    outcome,
    status: error.status,
    errorCode: error.code,
    ttftMs: null,
  })
}

/**
 * What the call costs. Without usage from the provider (none reported, or the stream broke off) it is estimated: input
 * at four bytes a token, output at one token an event.
 */
function charge(
  context: Context,
  progress: Progress,
  answered: Extract<Forwarded, { kind: 'answered' }> | null,
): Charge {
  const { key, target, body, endpoint } = progress
  if (!key || !target) return nothing
  const usage = answered?.usage ?? {
    input: Math.ceil((body?.bytes.length ?? 0) / 4),
    cachedInput: 0,
    output: endpoint?.hasOutput ? (answered?.outputEstimate ?? 0) : 0,
    reasoning: 0,
  }
  const price = context.priceOf(key.provider, target.model, progress.startedAt)
  if (!price) return { usage, costNanos: 0n, source: 'unknown', priceId: null }
  const source = answered?.usage ? 'reported' : 'estimated'
  return { usage, costNanos: costNanos(usage, price), source, priceId: price.id }
}

function save(context: Context, progress: Progress, charged: Charge, result: Result): Promise<void> {
  const row = rowOf(context, progress, charged, result)
  const json = JSON.stringify(row)
  context.usageLog?.write(`${json}\n`)
  if (row.outcome !== 'refused') {
    context.metrics.countCall(row, progress.key?.provider.slug ?? '', progress.target?.pool.slug ?? '')
  }
  log.info(
    {
      request_id: row.request_id,
      id: row.id,
      app_id: row.app_id,
      key_id: row.key_id,
      tenant: row.tenant,
      model: row.model,
      status: row.status,
      duration: row.latency_ms,
      error_class: row.error_class,
      error: row.error_code,
    },
    'call',
  )
  return context.ledger.push(json)
}

/** One literal of plain values: this runs for every call, and V8 writes such an object to JSON quickly. */
function rowOf(context: Context, progress: Progress, charged: Charge, result: Result): LedgerRow {
  const { caller, attribution, key, target, endpoint } = progress
  const app = caller?.app
  return {
    id: progress.id,
    ts: new Date(progress.startedAt).toISOString(),
    kind: 'call',
    outcome: result.outcome,
    request_id: progress.requestId,
    process_id: context.processId,
    app_id: app?.id ?? null,
    app_key_id: caller?.appKeyId ?? null,
    key_id: key?.id ?? null,
    pool_id: target?.pool.id ?? null,
    provider_id: key?.providerId ?? null,
    environment: target?.pool.environment ?? app?.environment ?? '',
    tenant: attribution?.tenant ?? app?.tenant ?? '',
    project: attribution?.project ?? app?.project ?? '',
    feature: attribution?.feature ?? 'default',
    endpoint: endpoint?.name ?? '',
    model: progress.model,
    served_model: target?.model ?? '',
    stream: progress.stream,
    input_tokens: charged.usage.input,
    cached_input_tokens: charged.usage.cachedInput,
    output_tokens: charged.usage.output,
    reasoning_tokens: charged.usage.reasoning,
    cost_nanos: charged.costNanos.toString(),
    cost_source: charged.source,
    price_id: charged.priceId,
    latency_ms: Math.round(performance.now() - progress.clock),
    ttft_ms: result.ttftMs,
    status: result.status,
    error_class: progress.attempts.at(-1)?.class ?? null,
    error_code: result.errorCode,
    attempts: progress.attempts,
    decision: progress.skipped.length > 0 ? { skipped: progress.skipped } : null,
    charges: null,
  }
}
