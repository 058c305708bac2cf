/**
 * OpenTelemetry, where `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector: OTLP over HTTP, as JSON. The packages are loaded
 * only then. The SDK reads the standard `OTEL_…` variables itself. Spans are made when a call has ended, from what its
 * ledger row says, and wait in a queue of 2048: what a collector does not take in time is dropped, no call waits for it.
 *
 * The collector's address comes from the environment alone, so the rules of `lib/egress.ts`, which are for addresses that
 * people enter, do not bind it; the exporters have connections of their own.
 *
 * `traceparent` is not passed on to providers: it would let them tie calls of different keys and apps together, and they
 * have the ledger's id as `x-request-id` already.
 */
import type { Context, SpanKind } from '@opentelemetry/api'
import type { LedgerRow } from '@/lib/data/ledger'
import { readVariable } from '@/lib/env'
import { errorText, log } from '@/lib/log'
import { version } from '@/package.json'
import { attemptSpans, type CallSpan, callSpan, type EndedCall } from './spans'
import { parentOf } from './trace-parent'

export type Telemetry = {
  callEnded(call: EndedCall, row: LedgerRow): void
  /** Sends what is left; takes as long as the collector does. */
  stop(): Promise<void>
}

/**
 * Batches on their way: one, and at the end the four that the queue holds. Without a bound the SDK sends more and more of
 * them beside each other once one has failed.
 */
const few = { concurrencyLimit: 5 }
/** How long nothing may have failed before a collector counts as back. */
const calmMs = 5000
/** Bounds that the conventions recommend. */
const secondsBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const tokenBounds = Array.from({ length: 14 }, (_, power) => 4 ** power)

/** Null when `OTEL_SDK_DISABLED` is set. */
export async function startTelemetry(processId: string): Promise<Telemetry | null> {
  if (readVariable('OTEL_SDK_DISABLED') === 'true') return null
  const [api, tracing, metering, resources, { OTLPTraceExporter }, { OTLPMetricExporter }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/exporter-metrics-otlp-http'),
    ])
  const resource = resources
    .defaultResource()
    .merge(
      resources.resourceFromAttributes({
        'service.name': 'akcp-gateway',
        'service.version': version,
        'service.instance.id': processId,
      }),
    )
    .merge(resources.detectResources({ detectors: [resources.envDetector] }))
  const isOff = (signal: 'TRACES' | 'METRICS') => readVariable(`OTEL_${signal}_EXPORTER`) === 'none'
  const tracers = new tracing.BasicTracerProvider({
    resource,
    spanProcessors: isOff('TRACES')
      ? []
      : [new tracing.BatchSpanProcessor(watched(new OTLPTraceExporter(few), 'traces'))],
  })
  const meters = new metering.MeterProvider({
    resource,
    readers: isOff('METRICS')
      ? []
      : [
          new metering.PeriodicExportingMetricReader({
            exporter: watched(new OTLPMetricExporter(few), 'metrics'),
            exportIntervalMillis: Number(readVariable('OTEL_METRIC_EXPORT_INTERVAL')) || 60_000,
          }),
        ],
  })
  const tracer = tracers.getTracer('akcp', version)
  const meter = meters.getMeter('akcp', version)
  const histogram = (name: string, unit: string, description: string, bounds: number[]) =>
    meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: bounds } })
  const duration = histogram(
    'gen_ai.client.operation.duration',
    's',
    'GenAI operation duration.',
    secondsBounds,
  )
  const firstChunk = histogram(
    'gen_ai.client.operation.time_to_first_chunk',
    's',
    'Time to the first chunk of a stream.',
    secondsBounds,
  )
  const tokenUsage = histogram(
    'gen_ai.client.token.usage',
    '{token}',
    'Number of input and output tokens used.',
    tokenBounds,
  )

  function open({ name, start, failed, attributes }: CallSpan, kind: SpanKind, within: Context) {
    const span = tracer.startSpan(name, { kind, startTime: start, attributes }, within)
    if (failed) span.setStatus({ code: api.SpanStatusCode.ERROR })
    return span
  }

  return {
    callEnded(call, row) {
      const attempts = attemptSpans(call, row)
      const whole = callSpan(call, row, attempts)
      const parent = parentOf(call.traceparent)
      const outside = parent ? api.trace.setSpanContext(api.ROOT_CONTEXT, parent) : api.ROOT_CONTEXT
      const server = open(whole, api.SpanKind.SERVER, outside)
      const inside = api.trace.setSpan(outside, server)
      for (const attempt of attempts) {
        open(attempt, api.SpanKind.CLIENT, inside).end(attempt.end)
        const { dimensions, tokens } = attempt
        duration.record((attempt.end - attempt.start) / 1000, dimensions)
        if (attempt.firstChunk !== null) firstChunk.record(attempt.firstChunk, dimensions)
        if (tokens) tokenUsage.record(tokens.input, { ...dimensions, 'gen_ai.token.type': 'input' })
        if (tokens?.output) tokenUsage.record(tokens.output, { ...dimensions, 'gen_ai.token.type': 'output' })
      }
      server.end(whole.end)
    },
    async stop() {
      await Promise.all([tracers.shutdown(), meters.shutdown()])
    },
  }
}

type Exporter<Items> = { export(items: Items, done: (result: { code: number; error?: Error }) => void): void }

/** Has the log say once that a collector takes nothing, and once that it has taken everything for a while. */
function watched<Items, E extends Exporter<Items>>(exporter: E, signal: 'traces' | 'metrics'): E {
  const send = exporter.export.bind(exporter)
  let failing = false
  let failedAt = 0
  exporter.export = (items, done) =>
    send(items, (result) => {
      const now = performance.now()
      if (result.error) {
        if (!failing)
          log.warn({ signal, error: errorText(result.error) }, 'the OpenTelemetry collector takes nothing')
        failing = true
        failedAt = now
      } else if (failing && now - failedAt > calmMs) {
        log.info({ signal }, 'the OpenTelemetry collector takes what is sent again')
        failing = false
      }
      done(result)
    })
  return exporter
}
