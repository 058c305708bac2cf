import { useFormatter, useTranslations } from 'next-intl'
import { quantity } from '../quantity'
import type { Limits } from './limit-draft'

/** Limits in words, such as "60 requests/min · 100K tokens/min"; null when there is none. */
export function useLimitWords(): (limits: Limits) => string | null {
  const t = useTranslations('limits')
  const format = useFormatter()
  return ({ rpm, tpm, concurrency }) => {
    const parts = [
      rpm !== null && t('rpmOf', { limit: quantity(format, rpm, 'count') }),
      tpm !== null && t('tpmOf', { limit: quantity(format, tpm, 'tokens') }),
      concurrency !== null && t('concurrencyOf', { limit: quantity(format, concurrency, 'count') }),
    ].filter((part) => part !== false)
    return parts.length > 0 ? parts.join(' · ') : null
  }
}
