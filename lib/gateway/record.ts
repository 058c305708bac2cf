import type { LedgerRow } from '@/lib/data/ledger'
import { AkcpError } from '@/lib/errors'
import { costNanos, type Usage } from '@/lib/ledger/cost'
import { log } from '@/lib/log'
import type { Context } from './context'
import { outputBound } from './estimate'
import type { Forwarded } from './forward'
import { hint } from './hints'
import type { Progress } from './progress'
import { chargesSoFar, settle } from './settle'

export type Ending = { forwarded: Exclude<Forwarded, { kind: 'failed' }>; error: AkcpError | null }

type Charge = { usage: Usage; costNanos: bigint; source: LedgerRow['cost_source']; priceId: string | null }
type Result = {
  outcome: LedgerRow['outcome']
  status: number
  errorCode: string | null
  ttftMs: number | null
}

/** What a column of the ledger takes; clients may ask for any number. */
const tokensMax = 2 ** 31 - 1

const nothing: Charge = {
  usage: { input: 0, cachedInput: 0, output: 0, reasoning: 0 },
  costNanos: 0n,
  source: 'reported',
  priceId: null,
}

/**
 * Before an attempt is sent: the row that stands if this process ends before the call does, charged with the most that
 * budgets hold for it, or else with what its limits reserve.
 */
export function recordAttempt(context: Context, progress: Progress): void {
  const { journal } = context
  const { key, target } = progress
  if (!journal || !key || !target) return
  const ahead = charged(context, progress, usageAhead(context, progress), 'estimated')
  const row = rowOf(context, progress, ahead, {
    outcome: 'interrupted',
    status: 0,
    errorCode: 'interrupted',
    ttftMs: null,
  })
  row.attempts = [
    ...progress.attempts,
    { key_id: key.id, provider: key.provider.slug, model: target.model, class: null, status: null, ms: 0 },
  ]
  row.charges = chargesSoFar(progress, Number(row.cost_nanos))
  const place = journal.write('A', progress.id, JSON.stringify(row), progress.place)
  if (!place) {
    const now = Date.now()
    context.health.report(key.id, target.model, { kind: 'left' }, now, now)
    throw cannotRecord()
  }
  progress.place = place
}

export function cannotRecord(): AkcpError {
  return new AkcpError('service_unavailable', 'Calls cannot be recorded right now, so none is served.', {
    hint: hint('ledgerFull'),
    headers: { 'retry-after': '10' },
  })
}

function usageAhead({ ratios }: Context, { bound, body, target, endpoint }: Progress): Usage {
  const input = bound?.input ?? ratios.input(target?.model ?? '', body?.bytes.length ?? 0)
  const output = bound?.output ?? (body && endpoint?.hasOutput ? (outputBound(body) ?? 0) : 0)
  return { input, cachedInput: 0, output: Math.min(output, tokensMax), reasoning: 0 }
}

/** The row of a call that a provider answered, or that its client left. Resolves when it is in the database. */
export function record(context: Context, progress: Progress, { forwarded, error }: Ending): Promise<void> {
  const answered = forwarded.kind === 'answered' ? forwarded : null
  const left = !answered || answered.ending === 'left'
  const charge = chargeOf(context, progress, answered)
  if (answered?.usage && progress.body && progress.target) {
    context.ratios.learn(progress.target.model, progress.body.bytes.length, answered.usage)
  }
  settle(context, progress, charge.usage.input + charge.usage.output, Number(charge.costNanos))
  return save(context, progress, charge, {
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
function chargeOf(
  context: Context,
  progress: Progress,
  answered: Extract<Forwarded, { kind: 'answered' }> | null,
): Charge {
  const { body, endpoint } = progress
  if (answered?.usage) return charged(context, progress, answered.usage, 'reported')
  const usage = {
    input: Math.ceil((body?.bytes.length ?? 0) / 4),
    cachedInput: 0,
    output: endpoint?.hasOutput ? (answered?.outputEstimate ?? 0) : 0,
    reasoning: 0,
  }
  return charged(context, progress, usage, 'estimated')
}

function charged(
  context: Context,
  { key, target, startedAt }: Progress,
  usage: Usage,
  source: 'reported' | 'estimated',
): Charge {
  if (!key || !target) return nothing
  const price = context.priceOf(key.provider, target.model, startedAt)
  if (!price) return { usage, costNanos: 0n, source: 'unknown', priceId: null }
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
  if (row.outcome === 'refused' && context.ledger.crowded) {
    context.metrics.countUnrecorded()
    return Promise.resolve()
  }
  return context.ledger.push(json, progress)
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
    app_key_id: caller?.appKey?.id ?? null,
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
    decision: decisionOf(progress),
    charges: progress.charges.length > 0 ? progress.charges : null,
  }
}

/** Kept where there was something to decide: the last choice, and why other keys were passed over. */
function decisionOf({ candidates, skipped, target, waitedMs }: Progress): object | null {
  if (candidates.length < 2 && skipped.length === 0) return null
  return {
    strategy: target?.pool.strategy ?? null,
    candidates,
    skipped,
    ...(waitedMs > 0 && { waited_ms: waitedMs }),
  }
}
