/** Rows of the budget tests. */
import { budgets } from '@/drizzle/schema'
import type { Db } from '@/lib/data/database'
import type { Charge, LedgerRow } from '@/lib/data/ledger'
import { newId } from '@/lib/id'
import type { Budget } from '@/lib/registry/bounds'

export const dollar = 1_000_000_000
export const cent = dollar / 100

/** A budget of one app, as the registry would hold it. */
export function budgetOf(values: Partial<Budget> = {}): Budget {
  return {
    id: newId(),
    scope: 'app',
    scopeId: newId(),
    period: 'day',
    limitNanos: dollar,
    hard: true,
    ladder: [],
    ...values,
  }
}

export async function insertBudget(db: Db, values: Partial<Budget> = {}): Promise<Budget> {
  const budget = budgetOf(values)
  const { id, scope, scopeId, period, hard } = budget
  await db.insert(budgets).values({ id, scope, scopeId, period, hard, limitNanos: BigInt(budget.limitNanos) })
  return budget
}

/** The ledger row of a call with charges. */
export function charged(call: {
  id: string
  processId: string
  charges: Charge[]
  costNanos: number
}): LedgerRow {
  return {
    id: call.id,
    ts: new Date().toISOString(),
    kind: 'call',
    outcome: 'ok',
    request_id: call.id,
    process_id: call.processId,
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
    model: 'm',
    served_model: 'm',
    stream: false,
    input_tokens: 1,
    cached_input_tokens: 0,
    output_tokens: 1,
    reasoning_tokens: 0,
    cost_nanos: String(call.costNanos),
    cost_source: 'reported',
    price_id: null,
    latency_ms: 20,
    ttft_ms: null,
    status: 200,
    error_class: null,
    error_code: null,
    attempts: [],
    decision: null,
    charges: call.charges,
  }
}
