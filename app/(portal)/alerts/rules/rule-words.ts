import { useTranslations } from 'next-intl'
import type { RuleAction, RuleScope } from './rule-draft'

export function useSubjectWords(): Record<NonNullable<RuleScope['by']>, string> {
  const t = useTranslations('alertSubjects')
  return {
    key: t('key'),
    provider: t('provider'),
    pool: t('pool'),
    app: t('app'),
    tenant: t('tenant'),
    model: t('model'),
    global: t('global'),
  }
}

export function useActionWords(): Record<RuleAction, string> {
  const t = useTranslations('ruleActions')
  return {
    notify: t('notify'),
    downgrade: t('downgrade'),
    economy: t('economy'),
    throttle: t('throttle'),
    stop: t('stop'),
    disable_key: t('disableKey'),
  }
}
