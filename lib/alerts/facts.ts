/** What an alert knows, by kind: the figures its texts are made of, kept with it as JSON. Times are ISO text. */
import type { AlertKind } from '@/lib/schemas/alerts'

/** What an alert is about. */
export type AlertSubject = {
  scope:
    | 'key'
    | 'pool'
    | 'provider'
    | 'app'
    | 'app_key'
    | 'tenant'
    | 'project'
    | 'feature'
    | 'model'
    | 'global'
    | 'ledger'
    | 'store'
    | 'job'
  id: string
  name: string
}

type BudgetFacts = {
  budget_id: string
  period: 'day' | 'month'
  spent_usd: number
  limit_usd: number
  hard: boolean
  window_end: string
}

type FactsByKind = {
  budget: BudgetFacts & { share: number; rung: number; action: string }
  burn_rate: BudgetFacts & { usd_per_hour: number; times: number; exhausted_at: string }
  projected_exhaustion: BudgetFacts & { usd_per_hour: number; exhausted_at: string }
  balance_low: {
    amount: string
    currency: string
    usd: number
    threshold_usd: number
    read_at: string
    source: string
  }
  error_rate: {
    calls: number
    failed: number
    share: number
    window_minutes: number
    classes: Record<string, number>
  }
  rate_limited: { count: number; usual: number; window_minutes: number }
  latency: { p95_ms: number; usual_ms: number; calls: number; window_minutes: number }
  ttft: { p95_ms: number; usual_ms: number; calls: number; window_minutes: number }
  key_down: {
    provider: string
    state: 'cooling' | 'down' | 'no_secret'
    reason: string | null
    since: string | null
    next_try_at: string | null
    status: number | null
    message: string | null
    pools: PoolLeft[]
  }
  pool_degraded: { out: KeyOut[]; total: number }
  pool_out: { out: KeyOut[]; total: number }
  key_unused: { provider: string; last_used_at: string | null; days: number }
  key_expiring: { provider: string; expires_at: string; days_left: number }
  ledger_drift: {
    what: 'rollups' | 'summaries' | 'budget' | 'lost'
    windows: number
    difference_usd: number
    window_start: string
    window_end: string
  }
  store_degraded: {
    store: 'redis' | 'database'
    since: string | null
    processes: number
    error: string | null
    lag_seconds: number | null
  }
  job_failing: { failures: number; error: string; since: string }
}

export type PoolLeft = { name: string; up: number; total: number }
export type KeyOut = { id: string; name: string; reason: string | null }

export type Facts = {
  [Kind in AlertKind]: { kind: Kind } & FactsByKind[Kind]
}[AlertKind]

/** What a row of `alerts` holds in `details`. */
export type AlertDetails = { subject: AlertSubject; facts: Facts; affects: string[] }
