import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { PageHeader } from '@/components/page-header'
import { TabLinks } from '@/components/ui/tabs'
import { can } from '@/lib/auth/can'
import type { Member } from '@/lib/auth/session'

type Tab =
  | '/settings'
  | '/settings/members'
  | '/settings/policies'
  | '/settings/organisation'
  | '/settings/jobs'

/** The heading and the tabs that the member may open. */
export function SettingsFrame({
  member,
  current,
  children,
}: {
  member: Member
  current: Tab
  children: ReactNode
}) {
  const t = useTranslations('settings')
  const tabs: { href: Tab; label: string; shown: boolean }[] = [
    { href: '/settings', label: t('profile'), shown: true },
    { href: '/settings/members', label: t('members'), shown: can(member, 'read', 'member') },
    { href: '/settings/policies', label: t('policies'), shown: can(member, 'read', 'policy') },
    { href: '/settings/organisation', label: t('organisation'), shown: can(member, 'read', 'settings') },
    { href: '/settings/jobs', label: t('jobs'), shown: can(member, 'read', 'job') },
  ]
  const items = tabs.filter(({ shown }) => shown).map(({ shown: _, ...tab }) => tab)
  return (
    <div className="grid min-w-0 gap-6">
      <PageHeader title={t('title')} />
      {items.length > 1 && (
        <TabLinks
          label={t('title')}
          items={items.map((item) => ({ ...item, current: item.href === current }))}
        />
      )}
      {children}
    </div>
  )
}
