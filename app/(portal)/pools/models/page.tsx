import { Route as RouteIcon } from 'lucide-react'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useFormatter, useTranslations } from 'next-intl'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { ClearFilters, FilterBar, SearchFilter } from '@/components/data-table/filters'
import { text } from '@/components/data-table/parameters'
import { withParams } from '@/components/data-table/query'
import { quantity } from '@/components/quantity'
import { EmptyState, NoMatch } from '@/components/ui/empty-state'
import { Cell, HeadCell, Row, Table, TableFrame } from '@/components/ui/table'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { listModelRoutes } from '@/lib/data/model-routes'
import { listPools } from '@/lib/data/pools'
import { portalDatabase } from '@/lib/data/portal-database'
import { ArchiveButton } from '../archive-button'
import { PoolsHeader } from '../pools-header'
import { EditRoute } from './route-buttons'
import type { RouteView } from './route-draft'
import { AddRoute, RouteSheet } from './route-sheet'

const path = '/pools/models'
const all = { limit: 1000, after: undefined }
const routeParams = z.object({ q: text })

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('poolTabs'))('models') }
}

export default async function ModelRoutesPage({ searchParams }: PageProps<'/pools/models'>) {
  const raw = await searchParams
  const member = await requireMember(path, raw)
  if (!can(member, 'read', 'model')) notFound()
  const [t, { routes, pools }] = await Promise.all([getTranslations('modelRoutes'), readRoutes()])
  const query = (routeParams.parse(raw).q ?? '').toLowerCase()
  const shown = routes.filter((route) =>
    [route.name, ...route.targets.flatMap((target) => [target.model, target.pool])].some((name) =>
      name.toLowerCase().includes(query),
    ),
  )
  const mayChange = can(member, 'update', 'model')
  const add = can(member, 'create', 'model') && <AddRoute />
  return (
    <div className="grid min-w-0 gap-6">
      <PoolsHeader current="models" member={member} actions={routes.length > 0 && add} />
      {routes.length === 0 ? (
        <EmptyState icon={RouteIcon} title={t('none')} text={t('noneText')} action={add} />
      ) : (
        <div className="grid min-w-0 gap-4">
          <FilterBar count={shown.length}>
            <SearchFilter placeholder={t('search')} />
            <ClearFilters names={['q']} />
          </FilterBar>
          {shown.length === 0 ? (
            <NoMatch clearHref={withParams(path, raw, { q: null })} />
          ) : (
            <RoutesTable routes={shown} mayChange={mayChange} />
          )}
        </div>
      )}
      {mayChange && <RouteSheet routes={routes} pools={pools} />}
    </div>
  )
}

async function readRoutes() {
  const { db } = portalDatabase()
  const [rows, pools] = await Promise.all([listModelRoutes(db, all), listPools(db, all)])
  const slugs = new Map(pools.map(({ pool }) => [pool.id, pool.slug]))
  return {
    routes: rows
      .map(
        ({ id, name, targets, downgradeTo }): RouteView => ({
          ...{ id, name, downgradeTo },
          targets: targets.map(({ pool_id, model, first_byte_timeout_ms }) => ({
            pool: slugs.get(pool_id) ?? pool_id,
            model,
            first_byte_timeout_ms,
          })),
        }),
      )
      .sort((a, b) => a.name.localeCompare(b.name)),
    pools: pools.map(({ pool: { slug, name, environment } }) => ({ slug, name, environment })),
  }
}

function RoutesTable({ routes, mayChange }: { routes: RouteView[]; mayChange: boolean }) {
  const t = useTranslations('modelRoutes')
  return (
    <TableFrame>
      <Table label={t('title')}>
        <thead>
          <tr>
            <HeadCell>{t('name')}</HeadCell>
            <HeadCell>{t('targets')}</HeadCell>
            <HeadCell>{t('cheaper')}</HeadCell>
            {mayChange && (
              <HeadCell>
                <span className="sr-only">{t('actions')}</span>
              </HeadCell>
            )}
          </tr>
        </thead>
        <tbody>
          {routes.map((route) => (
            <Row key={route.id}>
              <Cell>
                <span className="font-mono text-[0.8125rem] font-medium whitespace-nowrap">{route.name}</span>
              </Cell>
              <Cell>
                <Targets route={route} />
              </Cell>
              <Cell>
                <span className="font-mono text-[0.8125rem] whitespace-nowrap">
                  {route.downgradeTo ?? '—'}
                </span>
              </Cell>
              {mayChange && (
                <Cell numeric>
                  <EditRoute id={route.id} name={route.name} />
                  <ArchiveButton path={`/models/${route.id}`} name={route.name} text={t('archiveText')} />
                </Cell>
              )}
            </Row>
          ))}
        </tbody>
      </Table>
    </TableFrame>
  )
}

function Targets({ route }: { route: RouteView }) {
  const t = useTranslations('modelRoutes')
  const format = useFormatter()
  return (
    <ol className="grid list-inside list-decimal gap-1 marker:text-muted-foreground">
      {route.targets.map(({ pool, model, first_byte_timeout_ms }) => (
        <li key={`${pool} ${model}`} className="whitespace-nowrap">
          {pool} <span aria-hidden="true">→</span> <span className="font-mono text-[0.8125rem]">{model}</span>
          {first_byte_timeout_ms !== null && (
            <span className="text-xs text-muted-foreground">
              {' '}
              {t('firstByte', { ms: quantity(format, first_byte_timeout_ms, 'ms') })}
            </span>
          )}
        </li>
      ))}
    </ol>
  )
}
