import { useFormatter, useTranslations } from 'next-intl'

export type StopScope = 'global' | 'tenant' | 'project' | 'feature' | 'app' | 'pool' | 'provider' | 'key'
export type StopMode = 'block' | 'economy' | 'throttle' | 'downgrade'

/** A stop that is in force, as the admin API tells it. */
export type PressedStop = {
  id: string
  scope: StopScope
  scope_name: string
  mode: StopMode
  rpm: number | null
  models: string[]
  reason: string
  expires_at: string | null
}

/** Stops in words: what is stopped, and what happens to its calls until when. */
export function useStopWords() {
  const t = useTranslations('stops')
  const format = useFormatter()

  /** Such as "App checkout". */
  function what({ scope, scope_name: name }: Pick<PressedStop, 'scope' | 'scope_name'>): string {
    return {
      global: t('whatGlobal'),
      tenant: t('whatTenant', { name }),
      project: t('whatProject', { name }),
      feature: t('whatFeature', { name }),
      app: t('whatApp', { name }),
      pool: t('whatPool', { name }),
      provider: t('whatProvider', { name }),
      key: t('whatKey', { name }),
    }[scope]
  }

  /** Such as "App checkout: every call is refused, until 14:30." */
  function sentence(stop: Omit<PressedStop, 'id' | 'reason'>): string {
    const { mode, rpm, models, expires_at } = stop
    const how = {
      block: t('howBlock'),
      economy: t('howEconomy', { models: models.join(', ') }),
      throttle: t('howThrottle', { rpm: rpm ?? 0 }),
      downgrade: t('howDowngrade'),
    }[mode]
    const until = expires_at
      ? t('until', {
          time: format.dateTime(new Date(expires_at), 'time'),
        })
      : t('untilLifted')
    return t('sentence', { what: what(stop), how, until })
  }

  return { what, sentence }
}
