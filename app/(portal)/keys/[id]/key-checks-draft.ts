/** What the forms about a key's balance and probes hold, and what is sent for them. Pure. */
import type { z } from 'zod'
import type { key } from '@/lib/schemas/keys'

type Key = z.output<typeof key>
export type CheckedKey = Pick<
  Key,
  | 'id'
  | 'name'
  | 'balance'
  | 'balance_error'
  | 'balance_threshold_usd'
  | 'probe'
  | 'last_probe'
  | 'next_probe_at'
  | 'probes_month_usd'
>

export type ProbeDraft = {
  enabled: boolean
  intervalSeconds: string
  paid: boolean
  monthlyLimitUsd: string
  model: string
  /** Of the balance; empty: none. */
  thresholdUsd: string
}

export function draftOfProbe({ probe, balance_threshold_usd }: CheckedKey): ProbeDraft {
  return {
    enabled: probe.enabled,
    intervalSeconds: String(probe.interval_seconds),
    paid: probe.paid,
    monthlyLimitUsd: String(probe.monthly_limit_usd),
    model: probe.model ?? '',
    thresholdUsd: balance_threshold_usd === null ? '' : String(balance_threshold_usd),
  }
}

/** `PATCH /keys/{id}` */
export function probeBody(draft: ProbeDraft) {
  return {
    balance_threshold_usd: draft.thresholdUsd.trim() === '' ? null : Number(draft.thresholdUsd),
    probe: {
      enabled: draft.enabled,
      interval_seconds: Number(draft.intervalSeconds),
      paid: draft.paid,
      monthly_limit_usd: Number(draft.monthlyLimitUsd),
      model: draft.model.trim() || null,
    },
  }
}
