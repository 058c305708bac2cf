import type { Readings } from '@/lib/alerts/readings'
import { iso, minute, type Observation, type Observer, observation, type Rule } from './observation'

export function ledgerDrift(rule: Rule, { drift }: Readings): Observation[] {
  return drift
    .filter(({ usd, otherSums }) => usd > rule.threshold || otherSums)
    .map(({ what, windows, windowStart, windowEnd, usd }) => {
      const range = { window_start: iso(windowStart), window_end: iso(windowEnd) }
      const facts = { kind: 'ledger_drift', what, windows, difference_usd: usd, ...range } as const
      return observation(rule, { scope: 'ledger', id: what, name: what }, facts)
    })
}

export function storeDegraded(rule: Rule, { processes, now }: Readings): Observation[] {
  const patience = rule.windowMinutes * minute
  const away = processes.filter(
    ({ limits }) => limits?.degradedSince != null && now - limits.degradedSince >= patience,
  )
  const behind = processes.filter(({ ledgerLagSeconds }) => (ledgerLagSeconds ?? 0) * 1000 >= patience)
  const found: Observation[] = []
  if (away.length > 0) {
    const since = Math.min(...away.map(({ limits }) => limits?.degradedSince ?? now))
    const error = away[0]?.limits?.error ?? null
    const facts = {
      kind: 'store_degraded',
      store: 'redis',
      since: iso(since),
      processes: away.length,
      error,
      lag_seconds: null,
    } as const
    found.push(observation(rule, { scope: 'store', id: 'redis', name: 'Redis' }, facts))
  }
  if (behind.length > 0) {
    const lag = Math.max(...behind.map(({ ledgerLagSeconds }) => ledgerLagSeconds ?? 0))
    const facts = {
      kind: 'store_degraded',
      store: 'database',
      since: iso(now - lag * 1000),
      processes: behind.length,
      error: null,
      lag_seconds: Math.round(lag),
    } as const
    found.push(observation(rule, { scope: 'store', id: 'database', name: 'PostgreSQL' }, facts))
  }
  return found
}

export const jobFailing: Observer = (rule, { jobs }) =>
  jobs
    .filter(({ failures }) => failures >= Math.max(1, rule.minCount))
    .map(({ job, failures, error, since }) => {
      const facts = { kind: 'job_failing', failures, error, since: iso(since) } as const
      return observation(rule, { scope: 'job', id: job, name: job }, facts)
    })
