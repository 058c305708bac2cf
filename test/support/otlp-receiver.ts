/** An OpenTelemetry collector as far as the tests need one: OTLP over HTTP, as JSON. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

type Value = { stringValue?: string; intValue?: number; doubleValue?: number; boolValue?: boolean }
type KeyValue = { key: string; value: Value }
type Attributes = Record<string, string | number | boolean | undefined>

export type ReceivedSpan = {
  name: string
  /** 2: server, 3: client. */
  kind: number
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  /** Milliseconds since the epoch. */
  start: number
  end: number
  /** 0: unset, 2: error. */
  status: number
  attributes: Attributes
  resource: Attributes
}

export type ReceivedPoint = {
  name: string
  unit: string
  count: number
  sum: number
  bounds: number[]
  attributes: Attributes
}

export type Receiver = Awaited<ReturnType<typeof startReceiver>>

export async function startReceiver() {
  const spans: ReceivedSpan[] = []
  /** Those of the latest export. */
  let points: ReceivedPoint[] = []
  const headers: IncomingMessage['headers'][] = []
  const bodies: string[] = []
  let answers = true
  const waiting: (() => void)[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    if (!answers) await new Promise<void>((resolve) => waiting.push(resolve))
    headers.push(request.headers)
    bodies.push(body)
    if (request.url === '/v1/traces') spans.push(...spansIn(JSON.parse(body)))
    if (request.url === '/v1/metrics') points = pointsIn(JSON.parse(body))
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    points: () => points,
    headers,
    /** Everything received, as text. */
    text: () => bodies.join('\n'),
    /** From now on requests are taken and left waiting, or answered, those that wait included. */
    answer(whether: boolean) {
      answers = whether
      if (whether) for (const go of waiting.splice(0)) go()
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Traces = {
  resourceSpans: {
    resource: { attributes: KeyValue[] }
    scopeSpans: {
      spans: {
        name: string
        kind: number
        traceId: string
        spanId: string
        parentSpanId?: string
        startTimeUnixNano: string
        endTimeUnixNano: string
        status?: { code?: number }
        attributes: KeyValue[]
      }[]
    }[]
  }[]
}

function spansIn({ resourceSpans }: Traces): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, kind, traceId, spanId, parentSpanId, attributes, ...span }) => ({
        name,
        kind,
        traceId,
        spanId,
        parentSpanId,
        start: Number(span.startTimeUnixNano) / 1e6,
        end: Number(span.endTimeUnixNano) / 1e6,
        status: span.status?.code ?? 0,
        attributes: plain(attributes),
        resource: plain(resource.attributes),
      })),
    ),
  )
}

type Metrics = {
  resourceMetrics: {
    scopeMetrics: {
      metrics: {
        name: string
        unit: string
        histogram?: {
          dataPoints: { count: number; sum: number; explicitBounds: number[]; attributes: KeyValue[] }[]
        }
      }[]
    }[]
  }[]
}

function pointsIn({ resourceMetrics }: Metrics): ReceivedPoint[] {
  return resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, unit, histogram }) =>
        (histogram?.dataPoints ?? []).map(({ count, sum, explicitBounds, attributes }) => {
          return { name, unit, count, sum, bounds: explicitBounds, attributes: plain(attributes) }
        }),
      ),
    ),
  )
}

function plain(list: KeyValue[]): Attributes {
  return Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]))
}
