import { Server } from 'lucide-react'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useFormatter, useTranslations } from 'next-intl'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { ClearFilters, FilterBar, SearchFilter } from '@/components/data-table/filters'
import { text } from '@/components/data-table/parameters'
import { withParams } from '@/components/data-table/query'
import { EmptyState, NoMatch } from '@/components/ui/empty-state'
import { Cell, HeadCell, Row, Table, TableFrame } from '@/components/ui/table'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { listKeys } from '@/lib/data/keys'
import { portalDatabase } from '@/lib/data/portal-database'
import { listProviders } from '@/lib/data/providers'
import { presetColumns, presets } from '@/lib/providers/presets'
import { ArchiveButton } from '../archive-button'
import { PoolsHeader } from '../pools-header'
import { EditProvider, EnabledSwitch } from './provider-buttons'
import type { ProviderView } from './provider-draft'
import { AddProvider, ProviderSheet } from './provider-sheet'

const path = '/pools/providers'
const all = { limit: 1000, after: undefined }
const providerParams = z.object({ q: text })

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('poolTabs'))('providers') }
}

export default async function ProvidersPage({ searchParams }: PageProps<'/pools/providers'>) {
  const raw = await searchParams
  const member = await requireMember(path, raw)
  if (!can(member, 'read', 'provider')) notFound()
  const [t, providers] = await Promise.all([getTranslations('providers'), readProviders()])
  const query = (providerParams.parse(raw).q ?? '').toLowerCase()
  const shown = providers.filter(({ slug, name, baseUrl }) =>
    `${slug}\n${name}\n${baseUrl}`.toLowerCase().includes(query),
  )
  const mayChange = can(member, 'update', 'provider')
  const add = can(member, 'create', 'provider') && <AddProvider />
  return (
    <div className="grid min-w-0 gap-6">
      <PoolsHeader current="providers" member={member} actions={providers.length > 0 && add} />
      {providers.length === 0 ? (
        <EmptyState icon={Server} title={t('none')} text={t('noneText')} action={add} />
      ) : (
        <div className="grid min-w-0 gap-4">
          <FilterBar count={shown.length}>
            <SearchFilter placeholder={t('search')} />
            <ClearFilters names={['q']} />
          </FilterBar>
          {shown.length === 0 ? (
            <NoMatch clearHref={withParams(path, raw, { q: null })} />
          ) : (
            <ProvidersTable providers={shown} mayChange={mayChange} />
          )}
        </div>
      )}
      {mayChange && <ProviderSheet providers={providers} presets={presetViews()} />}
    </div>
  )
}

async function readProviders(): Promise<ProviderView[]> {
  const { db } = portalDatabase()
  const [rows, keys] = await Promise.all([listProviders(db, all), listKeys(db, all)])
  return rows.map(({ dialect: _, createdAt: __, archivedAt: ___, ...row }) => {
    const own = keys.filter(({ key }) => key.providerId === row.id)
    return {
      ...row,
      keys: own.length,
      sealedKeys: own.filter(({ sealed, key }) => sealed && key.secretRef === null).length,
    }
  })
}

function presetViews() {
  return presets.map((preset) => {
    const { dialect: _, ...columns } = presetColumns(preset, preset.base_url ?? '')
    return { ...columns, priority: 100, maxRetries: 2, headers: {} }
  })
}

function ProvidersTable({ providers, mayChange }: { providers: ProviderView[]; mayChange: boolean }) {
  const t = useTranslations('providers')
  return (
    <TableFrame>
      <Table label={t('title')}>
        <thead>
          <tr>
            <HeadCell>{t('provider')}</HeadCell>
            <HeadCell>{t('baseUrl')}</HeadCell>
            <HeadCell>{t('timeouts')}</HeadCell>
            <HeadCell numeric>{t('priority')}</HeadCell>
            <HeadCell numeric>{t('keys')}</HeadCell>
            <HeadCell>{t('enabled')}</HeadCell>
            {mayChange && (
              <HeadCell>
                <span className="sr-only">{t('actions')}</span>
              </HeadCell>
            )}
          </tr>
        </thead>
        <tbody>
          {providers.map((provider) => (
            <ProviderLine key={provider.id} provider={provider} mayChange={mayChange} />
          ))}
        </tbody>
      </Table>
    </TableFrame>
  )
}

function ProviderLine({ provider, mayChange }: { provider: ProviderView; mayChange: boolean }) {
  const t = useTranslations('providers')
  const format = useFormatter()
  const seconds = (ms: number) =>
    format.number(ms / 1000, { style: 'unit', unit: 'second', unitDisplay: 'narrow' })
  return (
    <Row>
      <Cell>
        <span className="font-medium whitespace-nowrap">{provider.name}</span>
        <span className="block font-mono text-xs whitespace-nowrap text-muted-foreground">
          {provider.slug}
        </span>
      </Cell>
      <Cell>
        <span className="inline-block min-w-52 font-mono text-xs break-all">{provider.baseUrl}</span>
      </Cell>
      <Cell>
        <span className="text-xs whitespace-nowrap text-muted-foreground">
          {t('timeoutsOf', {
            firstByte: seconds(provider.firstByteTimeoutMs),
            idle: seconds(provider.idleTimeoutMs),
            total: seconds(provider.totalTimeoutMs),
          })}
        </span>
      </Cell>
      <Cell numeric>{format.number(provider.priority)}</Cell>
      <Cell numeric>{format.number(provider.keys)}</Cell>
      <Cell>
        {mayChange ? (
          <EnabledSwitch id={provider.id} name={provider.name} enabled={provider.enabled} />
        ) : provider.enabled ? (
          t('yes')
        ) : (
          t('no')
        )}
      </Cell>
      {mayChange && (
        <Cell numeric>
          <EditProvider id={provider.id} name={provider.name} />
          {provider.keys === 0 && (
            <ArchiveButton path={`/providers/${provider.id}`} name={provider.name} text={t('archiveText')} />
          )}
        </Cell>
      )}
    </Row>
  )
}
