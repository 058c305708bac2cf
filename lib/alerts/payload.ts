/** What a row of the outbox holds: enough to be told in any language, whatever has changed since. */
import type { AppliedAction } from '@/drizzle/schema'
import type { Severity } from '@/lib/schemas/alerts'
import type { AlertDetails } from './facts'
import type { Notice } from './state'

export type AlertPayload = {
  kind: 'alert'
  alert_id: string
  rule_id: string
  rule: string
  notice: Notice
  severity: Severity
  details: AlertDetails
  applied: AppliedAction[]
  fired_at: string
  resolved_at: string | null
}

type Spender = { name: string; usd: number; before_usd: number }

export type DigestPayload = {
  kind: 'digest'
  period: 'daily' | 'weekly'
  from: string
  to: string
  calls: number
  failed: number
  usd: number
  before_usd: number
  probe_usd: number
  apps: Spender[]
  budgets: {
    scope: string
    name: string
    period: 'day' | 'month'
    spent_usd: number
    limit_usd: number
    share: number
  }[]
  /** `why`: `down auth`, `cooling quota`, `expires`, `balance`, `no_secret`. */
  keys: { name: string; why: string[] }[]
  open_alerts: number
}

export type Payload = AlertPayload | DigestPayload
