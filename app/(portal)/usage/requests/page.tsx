import { Activity, SearchX } from 'lucide-react'
import type { Route } from 'next'
import { notFound, redirect } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { SelectFilter } from '@/components/data-table/filters'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { PageHeader } from '@/components/page-header'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState, NoMatch } from '@/components/ui/empty-state'
import { Pagination } from '@/components/ui/pagination'
import { can, ownerScope } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { readNames } from '@/lib/data/names'
import { portalDatabase } from '@/lib/data/portal-database'
import { findRequest, listRequests, type RequestRow } from '@/lib/data/requests'
import { FilterControls, noFilters, RangeControls } from '../controls'
import { DownloadButton } from '../download-button'
import { adminQuery, cursorText, outcomes, parseRequestView, type RequestView } from '../view'
import { useOutcomeWords } from '../words'
import { FindRequest } from './find-request'
import { RequestsTable } from './requests-table'

const pageRows = 50

export async function generateMetadata() {
  const t = await getTranslations('requests')
  return { title: t('title') }
}

export default async function RequestsPage({ searchParams }: PageProps<'/usage/requests'>) {
  const params = await searchParams
  const member = await requireMember('/usage/requests', params)
  if (!can(member, 'read', 'request')) notFound()
  const timeZone = await getTimeZone()
  const view = parseRequestView(params, new Date(), timeZone)
  const ownerEmail = ownerScope(member, 'request')
  const database = portalDatabase()
  const { requestId, outcome, filters, period, after } = view
  const wanted = requestId
    ? { request_id: requestId, ownerEmail }
    : { ...period.range, ...filters, outcome: outcome ?? undefined, ownerEmail }
  const [exact, rows, names] = await Promise.all([
    requestId ? findRequest(database, requestId, ownerEmail) : undefined,
    listRequests(database, wanted, after ?? undefined, pageRows + 1),
    readNames(database.db, { apps: filters.app ?? [], keys: filters.key ?? [] }),
  ])
  const never = rows.length === 0 && (await listRequests(database, { ownerEmail }, undefined, 1)).length === 0
  const only = exact ?? (requestId && rows.length === 1 ? rows[0] : undefined)
  if (only) redirect(`/usage/requests/${only.id}`)
  return (
    <div className="grid min-w-0 gap-5">
      <Header timeZone={timeZone} view={view} params={params} />
      {requestId ? (
        <FoundFor requestId={requestId} />
      ) : (
        <div className="grid gap-3">
          <div className="flex flex-wrap items-center justify-between gap-3">
            <RangeControls path="/usage/requests" selection={view} params={params} />
            <FindRequest value="" />
          </div>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <FilterControls path="/usage/requests" selection={view} params={params} names={names} />
            <OutcomeFilter />
          </div>
        </div>
      )}
      <List rows={rows} never={never} view={view} params={params} mayReadApps={can(member, 'read', 'app')} />
    </div>
  )
}

function Header({ timeZone, view, params }: { timeZone: string; view: RequestView; params: SearchParams }) {
  const t = useTranslations('requests')
  return (
    <PageHeader
      title={t('title')}
      description={t('description', { timeZone })}
      actions={
        <>
          <ButtonLink
            look="secondary"
            href={withParams('/usage', params, { outcome: null, request_id: null })}
          >
            {t('usage')}
          </ButtonLink>
          <DownloadButton
            href={`/api/admin/requests.csv?${adminQuery(view, { outcome: view.outcome })}`}
            fileName="requests.csv"
            label={t('download')}
          />
        </>
      }
    />
  )
}

function OutcomeFilter() {
  const t = useTranslations('requests')
  const words = useOutcomeWords()
  return (
    <SelectFilter
      name="outcome"
      label={t('outcomeFilter')}
      options={outcomes.map((value) => ({ value, label: words[value] }))}
    />
  )
}

function FoundFor({ requestId }: { requestId: string }) {
  const t = useTranslations('requests')
  return (
    <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
      <p className="flex flex-wrap items-center gap-3">
        {t('found', { id: requestId })}
        <ButtonLink look="secondary" size="sm" href="/usage/requests">
          {t('showAll')}
        </ButtonLink>
      </p>
      <FindRequest value={requestId} />
    </div>
  )
}

function List({
  rows,
  never,
  view,
  params,
  mayReadApps,
}: {
  rows: RequestRow[]
  /** Not one call of any time. */
  never: boolean
  view: RequestView
  params: SearchParams
  mayReadApps: boolean
}) {
  if (rows.length === 0)
    return <Nothing never={never} view={view} params={params} mayReadApps={mayReadApps} />
  const shown = rows.slice(0, pageRows)
  const last = shown.at(-1)
  const turn = (cursor: string | null): Route => withParams('/usage/requests', params, { cursor })
  return (
    <>
      <RequestsTable rows={shown} />
      <Pagination
        firstHref={view.after ? turn(null) : undefined}
        nextHref={rows.length > pageRows && last ? turn(cursorText(last)) : undefined}
      />
    </>
  )
}

function Nothing({
  never,
  view,
  params,
  mayReadApps,
}: {
  never: boolean
  view: RequestView
  params: SearchParams
  mayReadApps: boolean
}) {
  const t = useTranslations('requests')
  if (view.requestId) return <EmptyState icon={SearchX} title={t('notFoundTitle')} text={t('notFoundText')} />
  if (!never && (Object.keys(view.filters).length > 0 || view.outcome))
    return <NoMatch clearHref={withParams('/usage/requests', params, { ...noFilters, outcome: null })} />
  if (!never)
    return (
      <EmptyState
        icon={Activity}
        title={t('emptyRangeTitle')}
        text={t('emptyRangeText')}
        action={
          view.period.preset !== '30d' && (
            <ButtonLink href={withParams('/usage/requests', params, { range: '30d', from: null, to: null })}>
              {t('emptyRangeAction')}
            </ButtonLink>
          )
        }
      />
    )
  return (
    <EmptyState
      icon={Activity}
      title={t('emptyTitle')}
      text={t('emptyText')}
      action={mayReadApps && <ButtonLink href="/apps">{t('emptyAction')}</ButtonLink>}
    />
  )
}
