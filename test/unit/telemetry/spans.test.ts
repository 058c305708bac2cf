import { describe, expect, it } from 'vitest'
import { attemptSpans, callSpan, type EndedCall } from '@/lib/telemetry/spans'
import { ledgerRow } from '../../support/ledger-row'

const startedAt = 1_800_000_000_000
const attempt = { key_id: 'k1', provider: 'openai', model: 'gpt-4o', class: null, status: 200, ms: 80 }
const endpoint = { name: 'chat/completions', method: 'POST', path: '/chat/completions' }
const call: EndedCall = {
  startedAt,
  clock: 5000,
  traceparent: null,
  downgradedFrom: null,
  usageReported: true,
  endpoint,
  target: { pool: { slug: 'main' } },
  tried: [{ provider: { slug: 'openai', origin: 'https://api.openai.com' }, startedAt: 5010.5 }],
}

function row(values: Partial<Parameters<typeof ledgerRow>[0]> = {}) {
  return ledgerRow({
    ts: startedAt,
    endpoint: endpoint.name,
    attempts: [attempt],
    latency_ms: 100,
    status: 200,
    ...values,
  })
}

describe('the spans of a call', () => {
  it('lie where its attempts were, and its own span around them', () => {
    const tried = [call.tried[0] ?? { provider: { slug: '', origin: '' }, startedAt: 0 }]
    tried.push({ provider: { slug: 'gemini', origin: 'http://127.0.0.1:8080' }, startedAt: 5200 })
    const failed = { ...attempt, class: 'timeout', status: null, ms: 150 }
    const both = row({ attempts: [failed, { ...attempt, provider: 'gemini' }], latency_ms: 279 })
    const attempts = attemptSpans({ ...call, tried }, both)
    expect(attempts.map(({ start, end }) => [start - startedAt, end - startedAt])).toEqual([
      [10.5, 160.5],
      [200, 280],
    ])
    const whole = callSpan(call, both, attempts)
    // Rounded, the call would have ended before its last attempt.
    expect([whole.start - startedAt, whole.end - startedAt]).toEqual([0, 280])
    expect(attempts.map(({ attributes }) => attributes['server.port'])).toEqual([443, 8080])
    expect(attempts.map(({ attributes }) => attributes['gen_ai.provider.name'])).toEqual([
      'openai',
      'gcp.gemini',
    ])
    expect(attempts.map(({ failed }) => failed)).toEqual([true, false])
    expect(attempts[0]?.attributes).not.toHaveProperty('http.response.status_code')
  })

  it('report tokens only where the provider did', () => {
    const [estimated] = attemptSpans({ ...call, usageReported: false }, row({ input_tokens: 12 }))
    expect(estimated?.tokens).toBeNull()
    expect(estimated?.attributes).not.toHaveProperty('gen_ai.usage.input_tokens')
    const [reported] = attemptSpans(call, row({ input_tokens: 12, output_tokens: 3 }))
    expect(reported?.tokens).toEqual({ input: 12, output: 3 })
  })

  it('time the first chunk from the attempt on, not from the call', () => {
    const [span] = attemptSpans(call, row({ ttft_ms: 40, stream: true }))
    expect(span?.firstChunk).toBeCloseTo(0.0295, 6)
  })

  it.each([
    [429, false],
    [499, false],
    [502, true],
  ])('with status %i count as failed: %s', (status, failed) => {
    expect(callSpan(call, row({ status, outcome: 'error', error_code: 'upstream_error' }), []).failed).toBe(
      failed,
    )
  })

  it('leave out what is not known', () => {
    const refused = row({
      attempts: [],
      app_id: null,
      outcome: 'refused',
      status: 429,
      error_code: 'insufficient_quota',
    })
    const { attributes } = callSpan({ ...call, target: null, tried: [] }, refused, [])
    expect(attributes).toMatchObject({ 'akcp.error_code': 'insufficient_quota', 'akcp.attempts': 0 })
    for (const name of ['akcp.app_id', 'akcp.pool', 'gen_ai.response.model', 'error.type']) {
      expect(attributes).not.toHaveProperty([name])
    }
  })
})
