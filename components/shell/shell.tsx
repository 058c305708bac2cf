import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { can, type Role } from '@/lib/auth/can'
import type { Theme } from '@/lib/theme'
import { Logo } from './logo'
import { MemberMenu } from './member-menu'
import { Navigation, NavigationSheet } from './navigation'
import { StopBanner } from './stop-banner'
import { StopButton } from './stop-button'
import type { PressedStop } from './stop-words'

export type ShellMember = { name: string; email: string; role: Role }

/** The frame of every page for members: navigation at the left, the stop button at the top. */
export function Shell({
  member,
  organisation,
  theme,
  timeZone,
  stops,
  openAlerts,
  children,
}: {
  member: ShellMember
  organisation: string | null
  theme: Theme
  timeZone: string
  stops: PressedStop[]
  openAlerts: number
  children: ReactNode
}) {
  const t = useTranslations('shell')
  const name = organisation ?? 'AKCP'
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[14rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only z-50 rounded-md border bg-card px-3 py-2 text-sm focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('skip')}
      </a>
      <aside aria-label={t('organisation')} className="hidden border-r bg-card lg:block">
        <div className="sticky top-0 grid max-h-dvh gap-4 overflow-y-auto p-3">
          <Brand name={name} />
          <Navigation role={member.role} openAlerts={openAlerts} />
        </div>
      </aside>
      <div className="flex min-h-dvh min-w-0 flex-col">
        <header className="sticky top-0 z-20 flex h-13 shrink-0 items-center gap-2 border-b bg-background px-4 sm:px-6">
          <div className="flex min-w-0 items-center gap-2 lg:hidden">
            <NavigationSheet name={name} role={member.role} openAlerts={openAlerts} />
            <span className="truncate text-sm font-semibold">{name}</span>
          </div>
          <div className="ml-auto flex items-center gap-2">
            {can(member, 'create', 'stop') && <StopButton timeZone={timeZone} />}
            <MemberMenu member={member} theme={theme} />
          </div>
        </header>
        <StopBanner stops={stops} mayLift={can(member, 'delete', 'stop')} />
        <main id="main" tabIndex={-1} className="w-full max-w-7xl flex-1 px-4 py-6 outline-none sm:px-6">
          {children}
        </main>
      </div>
    </div>
  )
}

function Brand({ name }: { name: string }) {
  return (
    <p className="flex h-8 min-w-0 items-center gap-2.5 px-1.5 text-sm font-semibold">
      <Logo className="size-6 shrink-0" />
      <span className="truncate">{name}</span>
    </p>
  )
}
