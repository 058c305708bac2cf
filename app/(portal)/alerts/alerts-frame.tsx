import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { PageHeader } from '@/components/page-header'
import { TabLinks } from '@/components/ui/tabs'
import { can } from '@/lib/auth/can'
import type { Member } from '@/lib/auth/session'

type Tab = '/alerts' | '/alerts/channels' | '/alerts/rules'

/** The heading and the tabs that the member may open. */
export function AlertsFrame({
  member,
  current,
  actions,
  children,
}: {
  member: Member
  current: Tab
  actions?: ReactNode
  children: ReactNode
}) {
  const t = useTranslations('alerts')
  const tabs: { href: Tab; label: string; shown: boolean }[] = [
    { href: '/alerts', label: t('title'), shown: can(member, 'read', 'alert') },
    { href: '/alerts/channels', label: t('channels'), shown: can(member, 'read', 'channel') },
    { href: '/alerts/rules', label: t('rules'), shown: can(member, 'read', 'alert_rule') },
  ]
  const items = tabs.filter(({ shown }) => shown).map(({ shown: _, ...tab }) => tab)
  return (
    <div className="grid min-w-0 gap-6">
      <PageHeader title={t('title')} description={t('description')} actions={actions} />
      <TabLinks
        label={t('title')}
        items={items.map((item) => ({ ...item, current: item.href === current }))}
      />
      {children}
    </div>
  )
}
