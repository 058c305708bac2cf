import { useTranslations } from 'next-intl'
import type { RungAction } from './limit-draft'

/** What a step does, in a few words. */
export function useRungWords(): Record<RungAction, string> {
  const t = useTranslations('limits')
  return {
    notify: t('notify'),
    downgrade: t('downgrade'),
    economy: t('economy'),
    throttle: t('throttle'),
    stop: t('stop'),
  }
}
