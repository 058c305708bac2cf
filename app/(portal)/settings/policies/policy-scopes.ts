import { useTranslations } from 'next-intl'
import type { PolicyScope } from './policy-draft'

export function usePolicyScopes(): Record<PolicyScope, string> {
  const t = useTranslations('policies')
  return {
    global: t('scopeGlobal'),
    tenant: t('scopeTenant'),
    project: t('scopeProject'),
    feature: t('scopeFeature'),
  }
}
