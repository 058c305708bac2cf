import { KeyRound } from 'lucide-react'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { countValues } from '@/components/data-table/count-values'
import { ClearFilters, FilterBar, MultiFilter, SearchFilter } from '@/components/data-table/filters'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { PageHeader } from '@/components/page-header'
import { EmptyState, NoMatch } from '@/components/ui/empty-state'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { type Balance, readBalances } from '@/lib/data/balances'
import { readKeyActivity } from '@/lib/data/key-stats'
import { listKeys } from '@/lib/data/keys'
import { listPools } from '@/lib/data/pools'
import { portalDatabase } from '@/lib/data/portal-database'
import { listProviders } from '@/lib/data/providers'
import { useStateWords } from './key-badges'
import { keyChoices } from './key-choices'
import {
  chooseKeys,
  filterNames,
  type KeyParams,
  type KeyRow,
  type KeyStatus,
  type KeyTrouble,
  keyParams,
  keyRow,
  ranges,
} from './key-list'
import { AddKey } from './key-sheet'
import { KeyTicks } from './key-ticks'
import { KeysChart } from './keys-chart'
import { KeysTable } from './keys-table'
import { RangeLinks } from './range-links'

const path = '/keys'
const hourMs = 3_600_000
/** Far more than a team has; beyond it the list would need pages. */
const all = { limit: 1000, after: undefined }

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('keys'))('title') }
}

export default async function KeysPage({ searchParams }: PageProps<'/keys'>) {
  const raw = await searchParams
  const member = await requireMember(path, raw)
  if (!can(member, 'read', 'key')) notFound()
  const params = keyParams.parse(raw)
  const [t, data] = await Promise.all([getTranslations('keys'), readKeys(params)])
  const mayCreate = can(member, 'create', 'key')
  const add = mayCreate && <AddKey choices={data.choices} />
  const ticked = data.rows.filter((row) => params.key.includes(row.id))
  return (
    <div className="grid min-w-0 gap-6">
      <PageHeader
        title={t('title')}
        description={t('description')}
        actions={
          <>
            {data.rows.length > 0 && (
              <RangeLinks name="range" current={params.range} params={raw} path={path} />
            )}
            {data.rows.length > 0 && add}
          </>
        }
      />
      {data.rows.length === 0 ? (
        <EmptyState
          icon={KeyRound}
          title={t('none')}
          text={mayCreate ? t('noneText') : t('noneReadOnly')}
          action={add}
        />
      ) : (
        <KeyTicks>
          <div className="grid min-w-0 gap-4">
            {ticked.length > 0 && (
              <KeysChart keys={ticked} range={params.chart} params={raw} path={path} clearable />
            )}
            <KeyList
              rows={data.rows}
              balances={data.balances}
              params={params}
              raw={raw}
              mayChange={can(member, 'update', 'key')}
            />
          </div>
        </KeyTicks>
      )}
    </div>
  )
}

async function readKeys({ range }: KeyParams) {
  const database = portalDatabase()
  const now = new Date()
  const from = new Date(now.getTime() - ranges[range] * hourMs)
  const [keys, pools, providers, activity] = await Promise.all([
    listKeys(database.db, all),
    listPools(database.db, all),
    listProviders(database.db, all),
    getTimeZone().then((timeZone) => readKeyActivity(database, { from, to: now }, timeZone)),
  ])
  const enabled = new Set(providers.filter((provider) => provider.enabled).map((provider) => provider.id))
  const rows = keys.map((details) =>
    keyRow(details, activity.get(details.key.id), {
      now,
      providerEnabled: enabled.has(details.key.providerId),
    }),
  )
  const balances = await readBalances(
    database.db,
    keys.map(({ key }) => key.id),
  )
  return { rows, balances, choices: keyChoices(keys, pools, providers) }
}

function KeyList({
  rows,
  balances,
  params,
  raw,
  mayChange,
}: {
  rows: KeyRow[]
  balances: Map<string, Balance>
  params: KeyParams
  raw: SearchParams
  mayChange: boolean
}) {
  const shown = chooseKeys(rows, params)
  const nothing = Object.fromEntries(filterNames.map((name) => [name, null]))
  return (
    <>
      <KeyFilters rows={rows} count={shown.length} />
      {shown.length === 0 ? (
        <NoMatch clearHref={withParams(path, raw, nothing)} />
      ) : (
        <KeysTable rows={shown} balances={balances} sort={params.sort} params={raw} mayChange={mayChange} />
      )}
    </>
  )
}

function KeyFilters({ rows, count }: { rows: KeyRow[]; count: number }) {
  const t = useTranslations('keys')
  const words = useStateWords()
  const options = (valuesOf: (row: KeyRow) => (string | null)[], label = (value: string) => value) =>
    countValues(rows, valuesOf).map(({ value, count }) => ({ value, count, label: label(value) }))
  const filters = [
    { name: 'provider', label: t('provider'), options: options((row) => [row.provider]) },
    { name: 'environment', label: t('environment'), options: options((row) => [row.environment]) },
    {
      name: 'status',
      label: t('status'),
      options: options(
        (row) => [row.status, row.trouble],
        (value) => words[value as KeyStatus | KeyTrouble],
      ),
    },
    { name: 'owner', label: t('owner'), options: options((row) => [row.owner]) },
    { name: 'tag', label: t('tag'), options: options((row) => row.tags) },
  ]
  return (
    <FilterBar count={count}>
      <SearchFilter placeholder={t('search')} />
      {filters
        .filter((filter) => filter.options.length > 0)
        .map((filter) => (
          <MultiFilter key={filter.name} {...filter} />
        ))}
      <ClearFilters names={filterNames} />
    </FilterBar>
  )
}
