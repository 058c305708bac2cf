import { Waypoints } from 'lucide-react'
import type { Metadata } from 'next'
import { notFound, redirect } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { ClearFilters, FilterBar, MultiFilter, SearchFilter } from '@/components/data-table/filters'
import { text, texts } from '@/components/data-table/parameters'
import { withParams } from '@/components/data-table/query'
import { EmptyState, NoMatch } from '@/components/ui/empty-state'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { listKeys } from '@/lib/data/keys'
import { listPools, type PoolDetails } from '@/lib/data/pools'
import { portalDatabase } from '@/lib/data/portal-database'
import { listProviders } from '@/lib/data/providers'
import { limitsAnswer } from '@/lib/schemas/limits'
import { readBudgets } from '../read-budgets'
import { PoolCard, type PoolView } from './pool-card'
import { memberRows } from './pool-members'
import { AddPool, PoolSheet } from './pool-sheet'
import { SwitchNotice } from './pool-switch'
import { firstReadable, PoolsHeader } from './pools-header'

const path = '/pools'
const all = { limit: 1000, after: undefined }
const filterNames = ['q', 'environment']
const poolParams = z.object({ q: text, environment: texts })

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('poolTabs'))('pools') }
}

export default async function PoolsPage({ searchParams }: PageProps<'/pools'>) {
  const raw = await searchParams
  const member = await requireMember(path, raw)
  if (!can(member, 'read', 'pool')) redirect(firstReadable(member) ?? notFound())
  const [t, { pools, keys }] = await Promise.all([getTranslations('pools'), readPools()])
  const params = poolParams.parse(raw)
  const shown = choosePools(pools, params)
  const add = can(member, 'create', 'pool') && <AddPool />
  const mayChange = can(member, 'update', 'pool')
  return (
    <div className="grid min-w-0 gap-6">
      <PoolsHeader current="pools" member={member} actions={pools.length > 0 && add} />
      {pools.length === 0 ? (
        <EmptyState icon={Waypoints} title={t('none')} text={t('noneText')} action={add} />
      ) : (
        <div className="grid min-w-0 gap-4">
          {pools.map(
            ({ id, name, switched }) =>
              switched && <SwitchNotice key={id} id={id} name={name} {...switched} mayEnd={mayChange} />,
          )}
          <PoolFilters pools={pools} count={shown.length} />
          {shown.length === 0 ? (
            <NoMatch clearHref={withParams(path, raw, { q: null, environment: null })} />
          ) : (
            shown.map((pool) => (
              <PoolCard
                key={pool.id}
                pool={pool}
                others={pools.filter(
                  ({ id, environment }) => id !== pool.id && environment === pool.environment,
                )}
                mayChange={mayChange}
                mayRelease={can(member, 'update', 'budget')}
              />
            ))
          )}
        </div>
      )}
      {mayChange && <PoolSheet pools={pools} keys={keys} />}
    </div>
  )
}

async function readPools() {
  const { db } = portalDatabase()
  const now = new Date()
  const [pools, keys, providers, budgets] = await Promise.all([
    listPools(db, all),
    listKeys(db, all),
    listProviders(db, all),
    readBudgets({ scope: 'pool', ownerEmail: null }),
  ])
  const names = new Map(pools.map(({ pool }) => [pool.id, pool.name]))
  const enabled = new Set(providers.filter((provider) => provider.enabled).map((provider) => provider.id))
  const known = new Map(
    keys.map((details) => [
      details.key.id,
      { details, providerEnabled: enabled.has(details.key.providerId) },
    ]),
  )
  return {
    pools: pools.map(
      (details): PoolView => ({
        ...poolView(details, names, now),
        members: memberRows(details, known, now),
        budgets: budgets.filter(({ id }) => id === details.pool.id),
      }),
    ),
    keys: keys.map(({ key, provider }) => ({
      id: key.id,
      name: key.name,
      provider,
      environment: key.environment,
      weight: key.weight,
      tier: key.tier,
    })),
  }
}

function poolView({ pool, defaultForProvider, members }: PoolDetails, names: Map<string, string>, now: Date) {
  const { id, slug, name, environment, strategy, stickiness, standbyPercent, fallbackPoolId } = pool
  const { waitSeconds, allowedModels, tenantScope, modelPriority, switchToPoolId, switchUntil } = pool
  const isSwitched = switchToPoolId !== null && switchUntil !== null && switchUntil > now
  return {
    ...{ id, slug, name, environment, strategy, stickiness, standbyPercent, fallbackPoolId },
    ...{ waitSeconds, allowedModels, tenantScope, modelPriority, defaultForProvider },
    limits: limitsAnswer(pool.limits),
    fallback: fallbackPoolId && (names.get(fallbackPoolId) ?? fallbackPoolId),
    switched: isSwitched
      ? { to: names.get(switchToPoolId) ?? switchToPoolId, until: switchUntil.toISOString() }
      : null,
    set: members.map(({ keyId, weight, tier }) => ({ key_id: keyId, weight, tier })),
  }
}

function choosePools(pools: PoolView[], { q, environment }: z.output<typeof poolParams>): PoolView[] {
  const query = q?.toLowerCase() ?? ''
  return pools.filter(
    (pool) =>
      (environment.length === 0 || environment.includes(pool.environment)) &&
      [pool.name, pool.slug, ...pool.members.map((member) => member.name)].some((name) =>
        name.toLowerCase().includes(query),
      ),
  )
}

function PoolFilters({ pools, count }: { pools: PoolView[]; count: number }) {
  const t = useTranslations('pools')
  const environments = [...new Set(pools.map((pool) => pool.environment))].sort()
  const options = environments.map((value) => ({
    value,
    label: value,
    count: pools.filter((pool) => pool.environment === value).length,
  }))
  return (
    <FilterBar count={count}>
      <SearchFilter placeholder={t('search')} />
      <MultiFilter name="environment" label={t('environment')} options={options} />
      <ClearFilters names={filterNames} />
    </FilterBar>
  )
}
