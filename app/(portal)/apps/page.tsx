import { AppWindow } from 'lucide-react'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { countValues } from '@/components/data-table/count-values'
import { ClearFilters, FilterBar, MultiFilter, SearchFilter } from '@/components/data-table/filters'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { PageHeader } from '@/components/page-header'
import { EmptyState, NoMatch } from '@/components/ui/empty-state'
import { can, ownerScope } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { readAppActivity } from '@/lib/data/app-activity'
import { listApps } from '@/lib/data/apps'
import { portalDatabase } from '@/lib/data/portal-database'
import { readChoices } from './app-choices'
import { type AppParams, type AppRow, appParams, appRow, chooseApps, filterNames } from './app-list'
import { AddApp } from './app-sheet'
import { useAppStatusWords } from './app-status'
import { AppsTable } from './apps-table'

/** Far more than a team has; beyond it the list would need pages. */
const all = { limit: 2000, after: undefined }

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('apps')
  return { title: t('title') }
}

export default async function AppsPage({ searchParams }: PageProps<'/apps'>) {
  const raw = await searchParams
  const member = await requireMember('/apps', raw)
  if (!can(member, 'read', 'app')) notFound()
  const ownerEmail = ownerScope(member, 'app')
  const database = portalDatabase()
  const mayCreate = can(member, 'create', 'app')
  const [t, apps, activity, choices] = await Promise.all([
    getTranslations('apps'),
    listApps(database.db, all, ownerEmail),
    readAppActivity(database, await getTimeZone()),
    mayCreate ? readChoices(database.db) : null,
  ])
  const rows = apps.map((app) => appRow(app, activity.get(app.id)))
  const add = choices && <AddApp choices={choices} />
  return (
    <div className="grid min-w-0 gap-6">
      <PageHeader
        title={t('title')}
        description={ownerEmail === null ? t('description') : t('descriptionOwn')}
        actions={rows.length > 0 && add}
      />
      {rows.length === 0 ? (
        <EmptyState
          icon={AppWindow}
          title={t('none')}
          text={mayCreate ? t('noneText') : t('noneReadOnly')}
          action={add}
        />
      ) : (
        <AppList
          rows={rows}
          params={appParams.parse(raw)}
          raw={raw}
          mayChange={can(member, 'update', 'app')}
        />
      )}
    </div>
  )
}

function AppList({
  rows,
  params,
  raw,
  mayChange,
}: {
  rows: AppRow[]
  params: AppParams
  raw: SearchParams
  mayChange: boolean
}) {
  const t = useTranslations('apps')
  const statusWords = useAppStatusWords()
  const found = chooseApps(rows, params)
  const options = (pick: (row: AppRow) => string | null) =>
    countValues(rows, (row) => [pick(row)]).map(({ value, count }) => ({ value, label: value, count }))
  const statuses = countValues(rows, (row) => [row.status]).map(({ value, count }) => ({
    value,
    label: statusWords[value as AppRow['status']],
    count,
  }))
  return (
    <div className="grid min-w-0 gap-4">
      <FilterBar count={found.length}>
        <SearchFilter placeholder={t('search')} />
        <MultiFilter name="status" label={t('status')} options={statuses} />
        <MultiFilter
          name="environment"
          label={t('environment')}
          options={options((row) => row.environment)}
        />
        <MultiFilter name="tenant" label={t('tenant')} options={options((row) => row.tenant)} />
        <MultiFilter name="owner" label={t('owner')} options={options((row) => row.owner)} />
        <ClearFilters names={filterNames} />
      </FilterBar>
      {found.length === 0 ? (
        <NoMatch
          clearHref={withParams('/apps', raw, Object.fromEntries(filterNames.map((name) => [name, null])))}
        />
      ) : (
        <AppsTable rows={found} sort={params.sort} params={raw} mayChange={mayChange} />
      )}
    </div>
  )
}
