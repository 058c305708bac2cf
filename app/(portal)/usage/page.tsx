import { ChartColumn } from 'lucide-react'
import { notFound } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { Ago } from '@/components/ago'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { PageHeader } from '@/components/page-header'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState, NoMatch } from '@/components/ui/empty-state'
import { can, ownerScope } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { readNames } from '@/lib/data/names'
import { portalDatabase } from '@/lib/data/portal-database'
import { listRequests } from '@/lib/data/requests'
import { usageDimensions } from '@/lib/schemas/usage-dimensions'
import { FilterControls, noFilters, RangeControls } from './controls'
import { ErrorClasses } from './error-classes'
import { GroupBy } from './group-by'
import { GroupsTable } from './groups-table'
import { MeasureCards } from './measure-cards'
import { AboutUsage, UnpricedNotice } from './notes'
import { readReport, type UsageReport } from './report'
import { UsageChart } from './usage-chart'
import { notShared, parseUsageView, type UsageView } from './view'

export async function generateMetadata() {
  const t = await getTranslations('usage')
  return { title: t('title') }
}

export default async function UsagePage({ searchParams }: PageProps<'/usage'>) {
  const params = await searchParams
  const member = await requireMember('/usage', params)
  if (!can(member, 'read', 'usage')) notFound()
  const timeZone = await getTimeZone()
  const view = parseUsageView(params, new Date(), timeZone)
  const ownerEmail = ownerScope(member, 'usage')
  const database = portalDatabase()
  const { filters } = view
  const [report, names] = await Promise.all([
    readReport(database, view, ownerEmail),
    readNames(database.db, { apps: filters.app ?? [], keys: filters.key ?? [] }),
  ])
  const isEmpty = report.groups.length === 0
  const [last] = isEmpty ? await listRequests(database, { ownerEmail }, undefined, 1) : []
  return (
    <div className="grid min-w-0 gap-5">
      <Header timeZone={timeZone} params={params} />
      <div className="grid gap-3">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <RangeControls path="/usage" selection={view} params={params} />
          <GroupBy by={view.by} and={view.and} offered={usageDimensions} />
        </div>
        <FilterControls path="/usage" selection={view} params={params} names={names} />
      </div>
      {isEmpty ? (
        <NoUsage
          view={view}
          params={params}
          lastCallAt={last?.ts ?? null}
          mayReadApps={can(member, 'read', 'app')}
        />
      ) : (
        <Report view={view} report={report} params={params} maySetPrices={can(member, 'read', 'price')} />
      )}
    </div>
  )
}

function Header({ timeZone, params }: { timeZone: string; params: SearchParams }) {
  const t = useTranslations('usage')
  return (
    <PageHeader
      title={t('title')}
      description={t('description', { timeZone })}
      actions={
        <ButtonLink look="secondary" href={withParams('/usage/requests', params, notShared)}>
          {t('allRequests')}
        </ButtonLink>
      }
    />
  )
}

function Report({
  view,
  report,
  params,
  maySetPrices,
}: {
  view: UsageView
  report: UsageReport
  params: SearchParams
  maySetPrices: boolean
}) {
  return (
    <>
      <UnpricedNotice unpriced={report.unpriced} maySetPrices={maySetPrices} />
      <MeasureCards totals={report.totals} measure={view.measure} params={params} path="/usage" />
      <UsageChart view={view} report={report} />
      <GroupsTable view={view} report={report} params={params} />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <ErrorClasses totals={report.totals} params={params} />
        <AboutUsage />
      </div>
    </>
  )
}

/** Nothing at all, nothing with these filters, or nothing in this range. */
function NoUsage({
  view,
  params,
  lastCallAt,
  mayReadApps,
}: {
  view: UsageView
  params: SearchParams
  lastCallAt: string | null
  mayReadApps: boolean
}) {
  const t = useTranslations('usage')
  if (Object.keys(view.filters).length > 0)
    return <NoMatch clearHref={withParams('/usage', params, noFilters)} />
  if (lastCallAt === null) {
    return (
      <EmptyState
        icon={ChartColumn}
        title={t('emptyTitle')}
        text={t('emptyText')}
        action={mayReadApps && <ButtonLink href="/apps">{t('emptyAction')}</ButtonLink>}
      />
    )
  }
  return (
    <EmptyState
      icon={ChartColumn}
      title={t('emptyRangeTitle')}
      text={t.rich('emptyRangeText', { ago: () => <Ago at={lastCallAt} /> })}
      action={
        <ButtonLink href={withParams('/usage', params, { range: '30d', from: null, to: null })}>
          {t('emptyRangeAction')}
        </ButtonLink>
      }
    />
  )
}
