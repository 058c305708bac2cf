import { cookies } from 'next/headers'
import { NextIntlClientProvider } from 'next-intl'
import { getMessages } from 'next-intl/server'
import { Shell } from '@/components/shell/shell'
import { ToastProvider } from '@/components/ui/toast'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { portalDatabase } from '@/lib/data/portal-database'
import { activeStops, type StopDetails } from '@/lib/data/stops'
import { readOrganisation } from '@/lib/organisation'
import { isTheme, themeCookie } from '@/lib/theme'

export default async function PortalLayout({ children }: LayoutProps<'/'>) {
  const member = await requireMember()
  const [jar, organisation, stops, everything] = await Promise.all([
    cookies(),
    readOrganisation(),
    activeStops(portalDatabase().db),
    getMessages(),
  ])
  const { start, owner, firstCall, setup, signIn, account, invite, ...messages } = everything
  const theme = jar.get(themeCookie)?.value
  const all = can(member, 'read', 'stop')
  return (
    <NextIntlClientProvider messages={messages}>
      <ToastProvider>
        <Shell
          member={{ name: member.name, email: member.email, role: member.role }}
          organisation={organisation.organisation_name}
          theme={isTheme(theme) ? theme : 'system'}
          timeZone={organisation.time_zone}
          // Names of other people's apps and tenants are for those who may read stops.
          stops={stops.filter(({ stop }) => all || stop.scope === 'global').map(toPressed)}
        >
          {children}
        </Shell>
      </ToastProvider>
    </NextIntlClientProvider>
  )
}

function toPressed({ stop, scopeName }: StopDetails) {
  const { id, scope, mode, rpm, models, reason, expiresAt } = stop
  return {
    id,
    scope,
    scope_name: scopeName,
    mode,
    rpm,
    models,
    reason,
    expires_at: expiresAt?.toISOString() ?? null,
  }
}
