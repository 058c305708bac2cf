import { useTranslations } from 'next-intl'

export type LimitScope = 'global' | 'tenant' | 'project' | 'feature' | 'app' | 'app_key' | 'pool' | 'key'

/** What a limit or budget is for, such as "Tenant acme". */
export function useScopeWords(): (scope: LimitScope, name: string) => string {
  const t = useTranslations('limits')
  return (scope, name) =>
    ({
      global: t('scopeGlobal'),
      tenant: t('scopeTenant', { name }),
      project: t('scopeProject', { name }),
      feature: t('scopeFeature', { name }),
      app: t('scopeApp', { name }),
      app_key: t('scopeAppKey', { name }),
      pool: t('scopePool', { name }),
      key: t('scopeKey', { name }),
    })[scope]
}
