import { useTranslations } from 'next-intl'
import type { AlertKind, Severity } from '@/lib/schemas/alerts'

/** From the least to the worst. */
export const severityOrder: Severity[] = ['info', 'warning', 'critical']

export function useSeverityWords(): Record<Severity, string> {
  const t = useTranslations('severities')
  return { info: t('info'), warning: t('warning'), critical: t('critical') }
}

/** What rules of each kind look for, in a few words. */
export function useKindWords(): Record<AlertKind, string> {
  const t = useTranslations('alertKinds')
  return {
    budget: t('budget'),
    burn_rate: t('burnRate'),
    projected_exhaustion: t('projectedExhaustion'),
    balance_low: t('balanceLow'),
    error_rate: t('errorRate'),
    rate_limited: t('rateLimited'),
    latency: t('latency'),
    ttft: t('ttft'),
    key_down: t('keyDown'),
    pool_degraded: t('poolDegraded'),
    pool_out: t('poolOut'),
    key_unused: t('keyUnused'),
    key_expiring: t('keyExpiring'),
    ledger_drift: t('ledgerDrift'),
    store_degraded: t('storeDegraded'),
    job_failing: t('jobFailing'),
  }
}
