/** What each kind of rule sees in the readings: pure. An observation says that the rule's condition holds for a subject. */
import type { AlertKind } from '@/lib/schemas/alerts'
import { budgetBurns, budgetEnds, budgetReached } from './observers/budgets'
import { balancesLow, keyDown, keyExpiring, keyUnused, poolDegraded, poolOut } from './observers/keys'
import type { Observation, Observer, Rule } from './observers/observation'
import { jobFailing, ledgerDrift, storeDegraded } from './observers/system'
import { errorRate, rateLimited, slower } from './observers/traffic'
import type { Readings } from './readings'

const observers: Record<AlertKind, Observer> = {
  budget: budgetReached,
  burn_rate: budgetBurns,
  projected_exhaustion: budgetEnds,
  balance_low: balancesLow,
  error_rate: errorRate,
  rate_limited: rateLimited,
  latency: slower('latency'),
  ttft: slower('ttft'),
  key_down: keyDown,
  pool_degraded: poolDegraded,
  pool_out: poolOut,
  key_unused: keyUnused,
  key_expiring: keyExpiring,
  ledger_drift: ledgerDrift,
  store_degraded: storeDegraded,
  job_failing: jobFailing,
}

/** `open` holds the keys of the rule's open alerts: for these a little traffic is enough to go on. */
export function observe(rule: Rule, readings: Readings, open: Set<string>): Observation[] {
  return observers[rule.kind](rule, readings, open)
}
