import { cookies } from 'next/headers'
import { ClientMessages } from '@/components/client-messages'
import { Shell } from '@/components/shell/shell'
import { ToastProvider } from '@/components/ui/toast'
import { can, ownerScope } from '@/lib/auth/can'
import { currentMember } from '@/lib/auth/session'
import { countOpenAlerts } from '@/lib/data/alerts'
import { portalDatabase } from '@/lib/data/portal-database'
import { activeStops, type StopDetails } from '@/lib/data/stops'
import { readOrganisation } from '@/lib/organisation'
import { isTheme, themeCookie } from '@/lib/theme'

export default async function PortalLayout({ children }: LayoutProps<'/'>) {
  const member = await currentMember()
  // The page knows its address, so it is the page that sends to the sign-in.
  if (!member) return children
  const [jar, organisation, stops, alerts] = await Promise.all([
    cookies(),
    readOrganisation(),
    activeStops(portalDatabase().db, ownerScope(member, 'stop')),
    can(member, 'read', 'alert') ? countOpenAlerts(portalDatabase()) : null,
  ])
  const theme = jar.get(themeCookie)?.value
  return (
    <ClientMessages namespaces={['adminError', 'error', 'shell', 'stops', 'ui']}>
      <ToastProvider>
        <Shell
          member={{ name: member.name, email: member.email, role: member.role }}
          organisation={organisation.organisation_name}
          theme={isTheme(theme) ? theme : 'system'}
          timeZone={organisation.time_zone}
          stops={stops.map(toPressed)}
          openAlerts={alerts ? alerts.info + alerts.warning + alerts.critical : 0}
        >
          {children}
        </Shell>
      </ToastProvider>
    </ClientMessages>
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
