/** Traces, metrics and log lines of a gateway as `npm start` runs it: what reaches a collector. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { requests } from '@/drizzle/schema'
import { type ReceivedSpan, type Receiver, startReceiver } from '../support/otlp-receiver'
import type { Running } from '../support/system'
import { ask, logOf, prompt, secrets, type TracedGateways, tracedGateways } from '../support/traced-gateway'

describe('with a collector', () => {
  let gateways: TracedGateways
  let receiver: Receiver
  let running: Running

  beforeAll(async () => {
    gateways = await tracedGateways()
    receiver = await startReceiver()
    running = await gateways.start({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=of-the-collector',
      OTEL_SERVICE_NAME: 'our-gateway',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    })
  })

  afterAll(async () => {
    await running?.stop()
    await running?.clean()
    await receiver?.stop()
    await gateways?.stop()
  })

  /** The spans of one call: the server's first, then its attempts in order. */
  async function spansOf(response: Response): Promise<ReceivedSpan[]> {
    await response.arrayBuffer()
    const id = response.headers.get('x-akcp-request')
    const found = () => receiver.spans.filter(({ attributes }) => attributes['akcp.id'] === id)
    await vi.waitUntil(() => found().some(({ kind }) => kind === 2), 5000)
    return found().sort((a, b) => a.kind - b.kind || a.start - b.start)
  }

  it('makes a span of each call and of each request to a provider, by the GenAI conventions', async () => {
    const response = await gateways.call(running)
    const [server, client, ...more] = await spansOf(response)
    if (!server || !client) throw new Error('a span is missing')
    expect(more).toEqual([])
    expect(server).toMatchObject({
      name: 'POST /v1/chat/completions',
      kind: 2,
      parentSpanId: undefined,
      status: 0,
    })
    expect(server.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/v1/chat/completions',
      'http.response.status_code': 200,
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.response.model': 'gpt-4o-mini',
      'akcp.request_id': response.headers.get('x-request-id'),
      'akcp.tenant': 'acme',
      'akcp.pool': 'both',
      'akcp.attempts': 1,
      'akcp.outcome': 'ok',
      'akcp.cost_usd': (19 * 1 + 14 * 2) / 1e6,
    })
    expect(client).toMatchObject({ name: 'chat gpt-4o-mini', kind: 3, traceId: server.traceId, status: 0 })
    expect(client.parentSpanId).toBe(server.spanId)
    const { hostname, port } = new URL(gateways.upstream.baseUrl)
    expect(client.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'mistral_ai',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.usage.input_tokens': 19,
      'gen_ai.usage.output_tokens': 14,
      'server.address': hostname,
      'server.port': Number(port),
      'http.response.status_code': 200,
      'akcp.key_id': response.headers.get('x-akcp-key'),
    })
    expect(client.attributes).not.toHaveProperty('error.type')
    expect(client.start).toBeGreaterThanOrEqual(server.start)
    expect(client.end).toBeLessThanOrEqual(server.end)
    expect(Math.abs(server.end - Date.now())).toBeLessThan(10_000)
  })

  it('shows what failed before another provider answered', async () => {
    await gateways.upstream.fault({ secret: secrets.first, status: 500 })
    const [server, failed, answered] = await spansOf(await gateways.call(running))
    await gateways.upstream.fault()
    expect(server).toMatchObject({ status: 0, attributes: { 'akcp.attempts': 2, 'akcp.outcome': 'ok' } })
    expect(failed).toMatchObject({ status: 2, parentSpanId: server?.spanId })
    expect(failed?.attributes).toMatchObject({
      'gen_ai.provider.name': 'mistral_ai',
      'error.type': 'provider',
      'http.response.status_code': 500,
    })
    expect(failed?.attributes).not.toHaveProperty('gen_ai.usage.input_tokens')
    expect(answered?.attributes).toMatchObject({
      'gen_ai.provider.name': 'second',
      'http.request.resend_count': 1,
      'gen_ai.usage.input_tokens': 19,
    })
  })

  it('times the first chunk of a stream, and marks calls that failed or were refused', async () => {
    const streamed = await spansOf(await gateways.call(running, {}, { ...ask, stream: true }))
    expect(streamed[1]?.attributes).toMatchObject({ 'gen_ai.request.stream': true })
    expect(streamed[1]?.attributes['gen_ai.response.time_to_first_chunk']).toBeGreaterThan(0)
    await gateways.upstream.fault({ status: 400, body: { error: { message: `not this: ${prompt}` } } })
    const [bad, attempt] = await spansOf(await gateways.call(running))
    expect(bad).toMatchObject({ status: 0, attributes: { 'http.response.status_code': 400 } })
    expect(attempt).toMatchObject({ status: 2, attributes: { 'error.type': 'request' } })
    await gateways.upstream.fault()
    const refused = await spansOf(await gateways.call(running, { 'x-tenant': 'elsewhere' }))
    expect(refused).toHaveLength(1)
    expect(refused[0]?.attributes).toMatchObject({
      'http.response.status_code': 403,
      'akcp.error_code': 'tenant_not_allowed',
      'akcp.outcome': 'refused',
    })
  })

  it("joins the caller's trace when it is recorded, and keeps it from providers", async () => {
    await gateways.upstream.reset()
    const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
    const joined = await spansOf(await gateways.call(running, { traceparent: `00-${traceId}-${spanId}-01` }))
    expect(joined.map((span) => span.traceId)).toEqual([traceId, traceId])
    expect(joined[0]?.parentSpanId).toBe(spanId)
    const broken = await spansOf(
      await gateways.call(running, { traceparent: `00-${'0'.repeat(32)}-${spanId}-01` }),
    )
    expect(broken[0]?.parentSpanId).toBeUndefined()
    const unrecorded = await gateways.call(running, { traceparent: `00-${traceId}-${spanId}-00` })
    await spansOf(await gateways.call(running))
    const id = unrecorded.headers.get('x-akcp-request')
    expect(receiver.spans.filter(({ attributes }) => attributes['akcp.id'] === id)).toEqual([])
    const sent = await gateways.upstream.connections()
    expect(sent).toHaveLength(4)
    for (const { headers } of sent) expect(headers).not.toHaveProperty('traceparent')
  })

  it('sends durations and tokens as metrics', async () => {
    const find = (name: string, attributes: object) =>
      receiver.points().find((point) => {
        const wanted = Object.entries(attributes)
        return point.name === name && wanted.every(([key, value]) => point.attributes[key] === value)
      })
    const provider = { 'gen_ai.provider.name': 'second', 'gen_ai.operation.name': 'chat' }
    await vi.waitUntil(() => find('gen_ai.client.token.usage', provider), 5000)
    expect(find('gen_ai.client.token.usage', { ...provider, 'gen_ai.token.type': 'input' })).toMatchObject({
      unit: '{token}',
      count: 1,
      sum: 19,
    })
    expect(find('gen_ai.client.token.usage', { ...provider, 'gen_ai.token.type': 'output' })).toMatchObject({
      sum: 14,
    })
    const failed = find('gen_ai.client.operation.duration', { 'error.type': 'provider' })
    expect(failed).toMatchObject({ unit: 's', count: 1 })
    expect(failed?.bounds.slice(0, 3)).toEqual([0.01, 0.02, 0.04])
    expect(find('gen_ai.client.operation.time_to_first_chunk', {})).toMatchObject({ unit: 's', count: 1 })
  })

  it('takes the standard variables, and sends no prompt, answer or secret', () => {
    expect(receiver.spans[0]?.resource).toMatchObject({
      'service.name': 'our-gateway',
      'deployment.environment.name': 'test',
      'telemetry.sdk.language': 'nodejs',
    })
    expect(receiver.headers.every((headers) => headers['x-collector-key'] === 'of-the-collector')).toBe(true)
    expect(receiver.spans.length).toBeGreaterThan(10)
    for (const word of [prompt, 'jumps over', ...Object.values(secrets), gateways.registry.rawKey]) {
      expect(receiver.text()).not.toContain(word)
    }
  })

  it('ties client, log line, provider and ledger row together by their ids', async () => {
    await gateways.upstream.reset()
    const response = await gateways.call(running, { 'x-request-id': 'chain-of-the-test' })
    const id = response.headers.get('x-akcp-request') ?? ''
    expect(response.headers.get('x-request-id')).toBe('chain-of-the-test')
    const [connection] = await gateways.upstream.connections()
    expect(connection?.headers['x-request-id']).toBe(id)
    const line = await vi.waitUntil(() => logOf(running).find((one) => one.id === id), 5000)
    expect(line).toMatchObject({
      message: 'call',
      service: 'gateway',
      level: 'info',
      request_id: 'chain-of-the-test',
      tenant: 'acme',
      model: 'gpt-4o-mini',
      status: 200,
    })
    const rows = () => gateways.database.db.select().from(requests).where(eq(requests.id, id))
    await vi.waitUntil(async () => (await rows()).length === 1, 5000)
    expect((await rows())[0]).toMatchObject({ requestId: 'chain-of-the-test', keyId: line.key_id })
    for (const word of [prompt, ...Object.values(secrets), gateways.registry.rawKey])
      expect(running.output()).not.toContain(word)
  })

  it('sends what is left when it stops', async () => {
    const response = await gateways.call(running)
    await response.arrayBuffer()
    expect(await running.stop()).toBe(0)
    const id = response.headers.get('x-akcp-request')
    expect(receiver.spans.filter(({ attributes }) => attributes['akcp.id'] === id)).toHaveLength(2)
  })
})
