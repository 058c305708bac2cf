import type { LedgerRow } from '@/lib/data/ledger'
import { newId } from '@/lib/id'

/** A call that went well, but for what is given; `ts` in milliseconds. */
export function ledgerRow(given: Partial<Omit<LedgerRow, 'ts'>> & { ts: number }): LedgerRow {
  const { ts, ...rest } = given
  const failure = rest.error_class ?? null
  return {
    id: newId(),
    ts: new Date(ts).toISOString(),
    kind: 'call',
    outcome: failure === null ? 'ok' : 'error',
    request_id: newId(),
    process_id: newId(),
    app_id: null,
    app_key_id: null,
    key_id: null,
    pool_id: null,
    provider_id: null,
    environment: 'production',
    tenant: 'acme',
    project: 'web',
    feature: 'default',
    endpoint: 'chat/completions',
    model: 'gpt-4o',
    served_model: 'gpt-4o',
    stream: false,
    input_tokens: 10,
    cached_input_tokens: 0,
    output_tokens: 10,
    reasoning_tokens: 0,
    cost_nanos: '1000000',
    cost_source: 'reported',
    price_id: null,
    latency_ms: 100,
    ttft_ms: null,
    status: failure === null ? 200 : 500,
    error_class: failure,
    error_code: null,
    attempts: [
      { key_id: rest.key_id ?? null, provider: 'x', model: 'gpt-4o', class: failure, status: 500, ms: 100 },
    ],
    decision: null,
    charges: null,
    ...rest,
  }
}
