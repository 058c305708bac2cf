import type { BegunHalf, EndedHalf, LedgerRow } from '@/lib/data/ledger'
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

const interrupted: Result = { outcome: 'interrupted', status: 0, errorCode: 'interrupted', ttftMs: null }

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
 * budgets hold for it, or else with what its limits reserve. Resolves when the journal has it.
 */
export async function recordAttempt(context: Context, progress: Progress): Promise<void> {
  const { journal } = context
  const { key, target } = progress
  if (!journal || !key || !target) return
  progress.begun = begunOf(context, progress)
  const ahead = charged(context, progress, usageAhead(context, progress), 'estimated')
  const row = endedOf(progress, ahead, interrupted)
  row.attempts = [
    ...progress.attempts,
    { key_id: key.id, provider: key.provider.slug, model: target.model, class: null, status: null, ms: 0 },
  ]
  row.charges = chargesSoFar(progress, Number(row.cost_nanos))
  const json = joined(progress.begun.json, row)
  if (journal.add('A', progress.id, json, progress.entry) && (await journal.written())) return
  const now = Date.now()
  context.health.report(key.id, target.model, { kind: 'left' }, now, now)
  throw cannotRecord()
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

/**
 * The row of a call that a provider answered, or that its client left. A promise where rows must be in the database
 * before the answer ends.
 */
export function record(
  context: Context,
  progress: Progress,
  { forwarded, error }: Ending,
): Promise<void> | null {
  const answered = forwarded.kind === 'answered' ? forwarded : null
  const left = !answered || answered.ending === 'left'
  const charge = chargeOf(context, progress, answered)
  if (answered?.usage && progress.body && progress.target) {
    progress.usageReported = true
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

/** The row of a call that was refused, or whose every attempt failed. Returns as `record` does. */
export function recordRefusal(context: Context, progress: Progress, error: AkcpError): Promise<void> | null {
  if (progress.endpoint?.kind !== 'generate') return null
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

function save(context: Context, progress: Progress, charged: Charge, result: Result): Promise<void> | null {
  const begun = progress.begun ?? begunOf(context, progress)
  const ended = endedOf(progress, charged, result)
  const json = joined(begun.json, ended)
  context.usageLog?.write(`${json}\n`)
  if (ended.outcome !== 'refused') {
    const overheadMs = performance.now() - progress.clock - progress.outsideMs
    const provider = progress.key?.provider.slug ?? ''
    context.metrics.countCall(begun.half, ended, provider, progress.target?.pool.slug ?? '', overheadMs)
  }
  const { id, request_id, app_id, key_id, tenant, model } = begun.half
  const { status, latency_ms: duration, error_class, error_code: error } = ended
  log.info({ request_id, id, app_id, key_id, tenant, model, status, duration, error_class, error }, 'call')
  context.telemetry?.callEnded(progress, { ...begun.half, ...ended })
  if (ended.outcome === 'refused' && context.ledger.crowded) {
    context.metrics.countUnrecorded()
    return null
  }
  if (context.awaitLedger) return new Promise((done) => context.ledger.push(json, progress, done))
  context.ledger.push(json, progress)
  return null
}

/**
 * Each half becomes JSON once per attempt or end. They are not put together as one object: in V8 one of so many
 * properties is a dictionary, and copying it took six times as long as writing its JSON.
 */
function joined(begunJson: string, ended: EndedHalf): string {
  return `${begunJson.slice(0, -1)},${JSON.stringify(ended).slice(1)}`
}

/** One literal of plain values: this runs for every call, and V8 writes such an object to JSON quickly. */
function begunOf(context: Context, progress: Progress): { half: BegunHalf; json: string } {
  const { caller, attribution, key, target, endpoint } = progress
  const app = caller?.app
  const half: BegunHalf = {
    id: progress.id,
    ts: new Date(progress.startedAt).toISOString(),
    kind: 'call',
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
  }
  return { half, json: JSON.stringify(half) }
}

function endedOf(
  progress: Progress,
  { usage, costNanos, source, priceId }: Charge,
  result: Result,
): EndedHalf {
  return {
    outcome: result.outcome,
    input_tokens: usage.input,
    cached_input_tokens: usage.cachedInput,
    output_tokens: usage.output,
    reasoning_tokens: usage.reasoning,
    cost_nanos: costNanos.toString(),
    cost_source: source,
    price_id: priceId,
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
