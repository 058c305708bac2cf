import { OctagonAlert } from 'lucide-react'
import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { getLocale, getTimeZone } from 'next-intl/server'
import { Ago } from '@/components/ago'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { listAlerts } from '@/lib/data/alerts'
import { portalDatabase } from '@/lib/data/portal-database'
import { type AlertView, alertView } from '../alerts/alert-view'

const mostAlerts = 5

/** The newest open alerts that are critical; nothing while there are none. */
export async function AlertsCard() {
  const question = { state: 'open', severity: 'critical', limit: mostAlerts } as const
  const [rows, locale, timeZone] = await Promise.all([
    listAlerts(portalDatabase().db, question),
    getLocale(),
    getTimeZone(),
  ])
  if (rows.length === 0) return null
  return <CriticalAlerts alerts={rows.slice(0, mostAlerts).map((row) => alertView(row, locale, timeZone))} />
}

function CriticalAlerts({ alerts }: { alerts: AlertView[] }) {
  const t = useTranslations('alerts')
  return (
    <Card
      title={t('criticalOpen')}
      flush
      actions={
        <ButtonLink look="secondary" size="sm" href="/alerts">
          {t('allAlerts')}
        </ButtonLink>
      }
    >
      <ul className="divide-y">
        {alerts.map(({ id, title, text, firedAt }) => (
          <li key={id} className="flex gap-3 px-4 py-3 text-sm sm:px-5">
            <OctagonAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-destructive" />
            <div className="grid min-w-0 flex-1 gap-0.5">
              <Link
                href={`/alerts/${id}`}
                className="rounded font-medium break-words underline-offset-4 hover:underline"
              >
                {title}
              </Link>
              <span className="line-clamp-2 break-words text-muted-foreground">{text}</span>
            </div>
            <span className="shrink-0 text-xs/5 text-muted-foreground">
              <Ago at={firedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
