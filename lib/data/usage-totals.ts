import { nanosToUsd } from '@/lib/format'
import type { UsageTotals } from '@/lib/schemas/usage'
import type { UsageSums } from './usage'

/** Sums as the admin API answers them. */
export function usageTotals(row: UsageSums): UsageTotals {
  return {
    requests: Number(row.requests),
    errors: Number(row.errors),
    errors_by_class: row.errors_by_class ?? {},
    refused: Number(row.refused),
    input_tokens: Number(row.input_tokens),
    cached_input_tokens: Number(row.cached_input_tokens),
    output_tokens: Number(row.output_tokens),
    reasoning_tokens: Number(row.reasoning_tokens),
    cost_usd: nanosToUsd(BigInt(row.cost_nanos)),
    estimated_cost_usd: nanosToUsd(BigInt(row.estimated_cost_nanos)),
    p50_ms: row.p50_ms,
    p95_ms: row.p95_ms,
    ttft_p50_ms: row.ttft_p50_ms,
  }
}

/** The sums of no row at all. */
export const noUsage: UsageTotals = {
  requests: 0,
  errors: 0,
  errors_by_class: {},
  refused: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  cost_usd: 0,
  estimated_cost_usd: 0,
  p50_ms: null,
  p95_ms: null,
  ttft_p50_ms: null,
}
