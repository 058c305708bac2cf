import type { Route } from 'next'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { PageHeader } from '@/components/page-header'
import { TabLinks } from '@/components/ui/tabs'
import { can, type Resource, type Role } from '@/lib/auth/can'

type Tab = 'pools' | 'models' | 'prices' | 'providers'
const tabs: { tab: Tab; href: Route; resource: Resource }[] = [
  { tab: 'pools', href: '/pools', resource: 'pool' },
  { tab: 'models', href: '/pools/models', resource: 'model' },
  { tab: 'prices', href: '/pools/prices', resource: 'price' },
  { tab: 'providers', href: '/pools/providers', resource: 'provider' },
]

/** Title and tabs of the section; a tab is there for those who may read what it shows. */
export function PoolsHeader({
  current,
  member,
  actions,
}: {
  current: Tab
  member: { role: Role }
  actions?: ReactNode
}) {
  const t = useTranslations('poolTabs')
  const words = {
    pools: [t('pools'), t('poolsText')],
    models: [t('models'), t('modelsText')],
    prices: [t('prices'), t('pricesText')],
    providers: [t('providers'), t('providersText')],
  }
  const [title, text] = words[current]
  return (
    <div className="grid gap-4">
      <PageHeader title={title} description={text} actions={actions} />
      <TabLinks
        label={t('label')}
        items={tabs
          .filter(({ resource }) => can(member, 'read', resource))
          .map(({ tab, href }) => ({ label: words[tab][0] ?? tab, href, current: tab === current }))}
      />
    </div>
  )
}

/** The first tab that the member may read, for those who may not read the one they asked for. */
export function firstReadable(member: { role: Role }): Route | undefined {
  return tabs.find(({ resource }) => can(member, 'read', resource))?.href
}
