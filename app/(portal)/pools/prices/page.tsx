import { Tags } from 'lucide-react'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { ClearFilters, FilterBar, MultiFilter, SearchFilter } from '@/components/data-table/filters'
import { text, texts } from '@/components/data-table/parameters'
import { withParams } from '@/components/data-table/query'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState, NoMatch } from '@/components/ui/empty-state'
import { Notice } from '@/components/ui/notice'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { listCalledModels } from '@/lib/data/called-models'
import { portalDatabase } from '@/lib/data/portal-database'
import { listPrices } from '@/lib/data/prices'
import { listProviders, type Provider } from '@/lib/data/providers'
import { listUnpriced } from '@/lib/data/requests'
import { catalogueModels, cataloguePrice } from '@/lib/ledger/prices'
import { PoolsHeader } from '../pools-header'
import { needsPrice, type PriceRow, priceRows } from './price-list'
import { AddPrice, PriceSheet } from './price-sheet'
import { PricesTable } from './prices-table'

const path = '/pools/prices'
const all = { limit: 1000, after: undefined }
const filterNames = ['q', 'provider', 'source']
const priceParams = z.object({ q: text, provider: texts, source: texts })
type Params = z.output<typeof priceParams>
const unpricedDays = 7
/** More than anybody reads; a search narrows it down. */
const rowsMost = 200

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('poolTabs'))('prices') }
}

export default async function PricesPage({ searchParams }: PageProps<'/pools/prices'>) {
  const raw = await searchParams
  const member = await requireMember(path, raw)
  if (!can(member, 'read', 'price')) notFound()
  const [t, timeZone] = await Promise.all([getTranslations('prices'), getTimeZone()])
  const params = priceParams.parse(raw)
  const { rows, providers } = await readPrices(params.q)
  const shown = chooseRows(rows, params)
  const mayCreate = can(member, 'create', 'price')
  const cleared = withParams(path, raw, { q: null, provider: null, source: null })
  return (
    <div className="grid min-w-0 gap-6">
      <PoolsHeader
        current="prices"
        member={member}
        actions={mayCreate && providers.length > 0 && <AddPrice />}
      />
      <Unpriced rows={rows} mayCreate={mayCreate} />
      <div className="grid min-w-0 gap-4">
        {providers.length > 0 && <PriceFilters providers={providers} count={shown.length} />}
        {shown.length > 0 ? (
          <PricesTable rows={shown.slice(0, rowsMost)} mayChange={mayCreate} />
        ) : rows.length === 0 && !params.q ? (
          <EmptyState
            icon={Tags}
            title={t('none')}
            text={t('noneText')}
            action={
              providers.length === 0 &&
              can(member, 'create', 'provider') && (
                <ButtonLink href="/pools/providers?edit=new">{t('addProvider')}</ButtonLink>
              )
            }
          />
        ) : (
          <NoMatch clearHref={cleared} />
        )}
      </div>
      {mayCreate && (
        <PriceSheet
          rows={rows}
          providers={providers.map(({ slug, name }) => ({ slug, name }))}
          timeZone={timeZone}
        />
      )}
    </div>
  )
}

async function readPrices(query: string | undefined): Promise<{ rows: PriceRow[]; providers: Provider[] }> {
  const database = portalDatabase()
  const now = Date.now()
  const [providers, overrides, called, unpriced] = await Promise.all([
    listProviders(database.db, all),
    listPrices(database.db, all),
    listCalledModels(database),
    listUnpriced(database, { from: new Date(now - unpricedDays * 86_400_000), ownerEmail: null }),
  ])
  const searched = query ? providers.flatMap((provider) => searchCatalogue(provider, query, now)) : []
  const catalogue = (priceProvider: string, model: string) => cataloguePrice(priceProvider, model, now)
  return { providers, rows: priceRows({ providers, overrides, called, unpriced, searched, catalogue, now }) }
}

function searchCatalogue({ id, slug, priceProvider }: Provider, query: string, now: number) {
  const listedAs = priceProvider ?? slug
  return catalogueModels(listedAs)
    .filter((model) => model.toLowerCase().includes(query.toLowerCase()))
    .filter((model) => cataloguePrice(listedAs, model, now) !== null)
    .map((model) => ({ providerId: id, model }))
}

function chooseRows(rows: PriceRow[], { q, provider, source }: Params): PriceRow[] {
  const query = q?.toLowerCase() ?? ''
  return rows.filter(
    (row) =>
      row.model.toLowerCase().includes(query) &&
      (provider.length === 0 || provider.includes(row.provider.slug)) &&
      (source.length === 0 || source.includes(row.source)),
  )
}

/** Says first what costs nobody knows. */
function Unpriced({ rows, mayCreate }: { rows: PriceRow[]; mayCreate: boolean }) {
  const t = useTranslations('prices')
  const missing = rows.filter(needsPrice)
  if (missing.length === 0) return null
  return (
    <Notice tone="warning" title={t('unpriced', { count: missing.length })}>
      <p>{mayCreate ? t('unpricedText') : t('unpricedReadOnly')}</p>
    </Notice>
  )
}

function PriceFilters({ providers, count }: { providers: Provider[]; count: number }) {
  const t = useTranslations('prices')
  return (
    <FilterBar count={count}>
      <SearchFilter placeholder={t('search')} />
      <MultiFilter
        name="provider"
        label={t('provider')}
        options={providers.map(({ slug, name }) => ({ value: slug, label: name }))}
      />
      <MultiFilter
        name="source"
        label={t('source')}
        options={[
          { value: 'none', label: t('noPrice') },
          { value: 'override', label: t('ownPrice') },
          { value: 'catalogue', label: t('cataloguePrice') },
        ]}
      />
      <ClearFilters names={filterNames} />
    </FilterBar>
  )
}
