import { ArrowLeft } from 'lucide-react'
import type { Metadata, Route } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getLocale, getTimeZone, getTranslations } from 'next-intl/server'
import { PageHeader } from '@/components/page-header'
import { Card } from '@/components/ui/card'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { findAlert } from '@/lib/data/alerts'
import { deliveriesOfAlert } from '@/lib/data/channels'
import { portalDatabase } from '@/lib/data/portal-database'
import { AlertActions } from '../alert-actions'
import { AlertBadges } from '../alert-badges'
import { ActionLink, AlertWhat } from '../alert-card'
import { type AlertView, alertView } from '../alert-view'
import { AlertHistory } from './alert-history'
import { Deliveries } from './deliveries'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('alerts')
  return { title: t('alert') }
}

export default async function AlertPage({ params }: PageProps<'/alerts/[id]'>) {
  const { id } = await params
  const member = await requireMember(`/alerts/${id}`)
  if (!can(member, 'read', 'alert')) notFound()
  const { db } = portalDatabase()
  const [row, t, locale, timeZone] = await Promise.all([
    findAlert(db, id),
    getTranslations('alerts'),
    getLocale(),
    getTimeZone(),
  ])
  if (!row) notFound()
  const alert = alertView(row, locale, timeZone)
  const deliveries = await deliveriesOfAlert(db, id)
  return (
    <div className="grid min-w-0 gap-6">
      <div className="grid gap-3">
        <Link
          href="/alerts"
          className="inline-flex items-center gap-1.5 justify-self-start rounded text-sm text-muted-foreground hover:text-foreground"
        >
          <ArrowLeft aria-hidden="true" className="size-4" />
          {t('back')}
        </Link>
        <PageHeader
          title={alert.title}
          actions={
            can(member, 'update', 'alert') && <AlertActions id={id} title={alert.title} state={alert.state} />
          }
        />
        <AlertBadges alert={alert} />
      </div>
      <What alert={alert} />
      <div className="grid min-w-0 items-start gap-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,2fr)]">
        <AlertHistory alert={alert} />
        <Deliveries deliveries={deliveries} />
      </div>
    </div>
  )
}

function What({ alert }: { alert: AlertView }) {
  const t = useTranslations('alerts')
  return (
    <Card title={t('what')}>
      <div className="grid gap-3">
        <AlertWhat alert={alert} />
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <ActionLink alert={alert} />
          {alert.rule && (
            <Link
              href={`/alerts/rules?edit=${alert.rule.id}` as Route}
              className="rounded text-sm text-primary underline-offset-4 hover:underline"
            >
              {t('openRule')}
            </Link>
          )}
        </div>
      </div>
    </Card>
  )
}
