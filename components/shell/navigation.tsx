'use client'

import {
  AppWindow,
  BellRing,
  Boxes,
  ChartColumn,
  KeyRound,
  LayoutDashboard,
  LoaderCircle,
  Menu as MenuIcon,
  Settings,
} from 'lucide-react'
import type { Route } from 'next'
import Link, { useLinkStatus } from 'next/link'
import { usePathname } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useEffect, useState } from 'react'
import { can, type Resource, type Role } from '@/lib/auth/can'
import { IconButton } from '../ui/button'
import { Sheet } from '../ui/sheet'

/** `openAlerts`: how many are open; 0 is not shown. */
type NavigationProps = { role: Role; openAlerts: number }

/** Each role sees the pages that have something for it. */
export function Navigation({ role, openAlerts }: NavigationProps) {
  const t = useTranslations('shell')
  const path = usePathname()
  const pages: { href: string; resource: Resource; icon: typeof KeyRound; label: string }[] = [
    { href: '/overview', resource: 'usage', icon: LayoutDashboard, label: t('overview') },
    { href: '/keys', resource: 'key', icon: KeyRound, label: t('keys') },
    { href: '/pools', resource: 'pool', icon: Boxes, label: t('pools') },
    { href: '/apps', resource: 'app', icon: AppWindow, label: t('apps') },
    { href: '/usage', resource: 'usage', icon: ChartColumn, label: t('usage') },
    { href: '/alerts', resource: 'alert', icon: BellRing, label: t('alerts') },
    { href: '/settings', resource: 'profile', icon: Settings, label: t('settings') },
  ]
  return (
    <nav aria-label={t('navigation')} className="grid gap-0.5">
      {pages
        .filter(({ resource }) => can({ role }, 'read', resource))
        .map(({ href, icon: Icon, label }) => (
          <Link
            key={href}
            href={href as Route}
            aria-current={path === href ? 'page' : path.startsWith(`${href}/`) ? 'true' : undefined}
            className="flex items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm text-muted-foreground -outline-offset-2 hover:bg-muted hover:text-foreground aria-[current]:bg-muted aria-[current]:font-medium aria-[current]:text-foreground"
          >
            <Icon aria-hidden="true" className="size-4 shrink-0" />
            <span className="flex-1">{label}</span>
            <Waiting />
            {href === '/alerts' && openAlerts > 0 && (
              <span className="rounded-full bg-destructive/10 px-1.5 text-xs/5 font-medium text-destructive tabular-nums">
                <span aria-hidden="true">{openAlerts}</span>
                <span className="sr-only">{t('openAlerts', { count: openAlerts })}</span>
              </span>
            )}
          </Link>
        ))}
    </nav>
  )
}

/** Shown from the click until the page is there; not at all where that takes a moment only. */
function Waiting() {
  const { pending } = useLinkStatus()
  return (
    <LoaderCircle
      aria-hidden="true"
      className={`size-3.5 shrink-0 animate-spin transition-opacity delay-150 motion-reduce:animate-none ${pending ? 'opacity-100' : 'opacity-0 delay-0'}`}
    />
  )
}

/** The same on small screens, behind a button; it closes when a page was chosen. */
export function NavigationSheet({ name, ...navigation }: NavigationProps & { name: string }) {
  const t = useTranslations('shell')
  const path = usePathname()
  const [open, setOpen] = useState(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new path is what closes it
  useEffect(() => setOpen(false), [path])
  return (
    <>
      <IconButton label={t('openNavigation')} aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <MenuIcon aria-hidden="true" />
      </IconButton>
      <Sheet side="left" size="sm" title={name} open={open} onOpenChange={setOpen}>
        <Navigation {...navigation} />
      </Sheet>
    </>
  )
}
