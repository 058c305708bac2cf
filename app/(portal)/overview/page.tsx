import { Radio } from 'lucide-react'
import type { Metadata } from 'next'
import { useTranslations } from 'next-intl'
import { getTranslations } from 'next-intl/server'
import { z } from 'zod'
import { choice } from '@/components/data-table/parameters'
import { withParams } from '@/components/data-table/query'
import { PageHeader } from '@/components/page-header'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { SegmentedLinks } from '@/components/ui/tabs'
import { can, ownerScope } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { readProgress } from '@/lib/data/overview'
import { portalDatabase } from '@/lib/data/portal-database'
import { readOrganisation } from '@/lib/organisation'
import { publicAddress } from '../../public-address'
import { readBudgets } from '../read-budgets'
import { AlertsCard } from './alerts-card'
import { BudgetsCard } from './budgets-card'
import { Busiest } from './busiest'
import { CallsCard } from './calls-card'
import { FirstSteps } from './first-steps'
import { GatewayAddress } from './gateway-address'
import { KeysCard } from './keys-card'
import { type RangeName, rangeNames, readReport } from './report'
import { Stats } from './stats'

const view = z.object({ range: choice(rangeNames, '24h') })

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('overview')
  return { title: t('title') }
}

export default async function OverviewPage({ searchParams }: PageProps<'/overview'>) {
  const params = await searchParams
  const member = await requireMember('/overview', params)
  const [t, { time_zone: timeZone }, address] = await Promise.all([
    getTranslations('overview'),
    readOrganisation(),
    publicAddress(),
  ])
  const { range } = view.parse(params)
  const ownerEmail = ownerScope(member, 'usage')
  const [report, progress] = await Promise.all([
    readReport(portalDatabase(), { range, timeZone, ownerEmail, now: new Date() }),
    readProgress(portalDatabase()),
  ])
  const budgets = can(member, 'read', 'budget')
    ? await readBudgets({ ownerEmail: ownerScope(member, 'budget') })
    : null
  const complete = Object.values(progress).every(Boolean)
  const mayBegin = can(member, 'create', 'key')
  return (
    <div className="grid gap-6">
      <PageHeader
        title={t('title')}
        description={ownerEmail === null ? undefined : t('ownApps')}
        actions={progress.call && <Ranges range={range} />}
      />
      {can(member, 'read', 'alert') && <AlertsCard />}
      {!complete && mayBegin && <FirstSteps progress={progress} address={address} />}
      {!progress.call && !mayBegin && (
        <Card>
          <EmptyState icon={Radio} title={t('nothingYet')} text={t('nothingYetText')} />
        </Card>
      )}
      {progress.call && (
        <>
          <Stats report={report} range={range} timeZone={timeZone} />
          <CallsCard report={report} timeZone={timeZone} range={range} />
        </>
      )}
      {budgets && (budgets.length > 0 || progress.call) && (
        <BudgetsCard
          budgets={budgets}
          mayReadPolicies={can(member, 'read', 'policy')}
          mayChange={can(member, 'update', 'policy')}
          mayRelease={can(member, 'update', 'budget')}
        />
      )}
      {can(member, 'read', 'key') && <KeysCard timeZone={timeZone} />}
      {progress.call && (
        <div className="grid gap-6 lg:grid-cols-2">
          <Busiest by="app" groups={report.apps} range={range} />
          <Busiest by="model" groups={report.models} range={range} />
        </div>
      )}
      <GatewayAddress address={address} />
    </div>
  )
}

function Ranges({ range }: { range: RangeName }) {
  const t = useTranslations('overview')
  const names = { '24h': t('range24h'), '7d': t('range7d'), '30d': t('range30d') }
  return (
    <SegmentedLinks
      label={t('range')}
      items={rangeNames.map((name) => ({
        label: names[name],
        href: withParams('/overview', {}, { range: name }),
        current: name === range,
      }))}
    />
  )
}
