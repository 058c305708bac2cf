import { useFormatter, useTranslations } from 'next-intl'
import { quantity } from '@/components/quantity'
import type { EditedRule } from './rule-draft'
import { useSubjectWords } from './rule-words'

/** When a rule tells people, as a sentence with its figures. */
export function useRuleSentence(): (rule: EditedRule) => string {
  const t = useTranslations('ruleSentences')
  const format = useFormatter()
  const subjects = useSubjectWords()
  return ({ kind, threshold, window_minutes: minutes, min_count: count, scope }) => {
    const share = quantity(format, threshold, 'percent')
    const usd = quantity(format, threshold, 'usd')
    const times = format.number(threshold)
    switch (kind) {
      case 'budget':
        return threshold > 0 ? t('budget', { share }) : t('budgetEvery')
      case 'burn_rate':
        return t('burnRate', { times })
      case 'projected_exhaustion':
        return t('projectedExhaustion', { hours: threshold })
      case 'balance_low':
        return threshold > 0 ? t('balanceLow', { usd }) : t('balanceOwn')
      case 'error_rate':
        return t('errorRate', { share, count, minutes, by: subjects[scope.by ?? 'key'] })
      case 'rate_limited':
        return t('rateLimited', { times, count, minutes })
      case 'latency':
        return t('latency', { times, count, minutes, by: subjects[scope.by ?? 'model'] })
      case 'ttft':
        return t('ttft', { times, count, minutes, by: subjects[scope.by ?? 'model'] })
      case 'key_down':
        return t('keyDown', { minutes })
      case 'pool_degraded':
        return t('poolDegraded', { share, count })
      case 'pool_out':
        return t('poolOut')
      case 'key_unused':
        return t('keyUnused', { days: threshold })
      case 'key_expiring':
        return t('keyExpiring', { days: threshold })
      case 'ledger_drift':
        return threshold > 0 ? t('ledgerDrift', { usd }) : t('ledgerDriftAny')
      case 'store_degraded':
        return t('storeDegraded', { minutes })
      case 'job_failing':
        return t('jobFailing', { count })
    }
  }
}
