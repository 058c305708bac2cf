import { useFormatter, useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { useLimitWords } from '@/components/limits/limit-words'
import { Tag } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import type { EditedApp } from '../app-draft'

/** Everything that is set for the app, in words. */
export function AppSettings({ app, createdAt }: { app: EditedApp; createdAt: Date }) {
  const t = useTranslations('app')
  const format = useFormatter()
  const limits = useLimitWords()(app.limits)
  return (
    <Card title={t('settings')} description={t('settingsText')}>
      <dl className="grid gap-x-10 gap-y-3 text-sm lg:grid-cols-2">
        <Setting name={t('owner')}>{app.ownerEmail ?? t('nobody')}</Setting>
        <Setting name={t('created')}>{format.dateTime(createdAt, 'day')}</Setting>
        <Setting name={t('allowedModels')}>
          <List values={app.allowedModels} none={t('everyModel')} />
        </Setting>
        <Setting name={t('pools')}>
          <List values={app.pools} none={t('everyPool')} />
        </Setting>
        <Setting name={t('environments')}>
          <List values={[app.environment, ...app.allowEnvironments]} none="" />
        </Setting>
        <Setting name={t('tenantScope')}>
          <List values={app.tenantScope} none="" any={t('any')} />
        </Setting>
        <Setting name={t('projectScope')}>
          <List values={app.projectScope} none="" any={t('any')} />
        </Setting>
        <Setting name={t('featureScope')}>
          <List values={app.featureScope} none="" any={t('any')} />
        </Setting>
        <Setting name={t('allowedIps')}>
          <List values={app.allowedIps} none={t('everyAddress')} />
        </Setting>
        <Setting name={t('limits')}>{limits ?? t('noLimits')}</Setting>
        <Setting name={t('maxOutput')}>{format.number(app.defaultMaxOutputTokens)}</Setting>
        <Setting name={t('language')}>{app.language === 'zh' ? '中文' : 'English'}</Setting>
      </dl>
    </Card>
  )
}

function Setting({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(8rem,2fr)_3fr] gap-4">
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}

function List({ values, none, any }: { values: string[]; none: string; any?: string }) {
  if (values.length === 0) return none
  if (any && values.includes('*')) return any
  return (
    <span className="flex flex-wrap gap-1">
      {values.map((value) => (
        <Tag key={value}>{value}</Tag>
      ))}
    </span>
  )
}
