import { ArrowLeft } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { useFormatter, useTranslations } from 'next-intl'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { Ago } from '@/components/ago'
import { BudgetBars } from '@/components/limits/budget-bars'
import { PageHeader } from '@/components/page-header'
import { quantity } from '@/components/quantity'
import { Card } from '@/components/ui/card'
import { Notice } from '@/components/ui/notice'
import { Stat } from '@/components/ui/stat'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { portalDatabase } from '@/lib/data/portal-database'
import { listRequests } from '@/lib/data/requests'
import { nanosToUsd } from '@/lib/format'
import { KeyBadges } from '../key-badges'
import type { KeyRow } from '../key-list'
import { EditKey } from '../key-sheet'
import { KeyUseButton } from '../key-use'
import { KeysChart } from '../keys-chart'
import { ArchiveKey } from './archive-key'
import { KeyChecks } from './key-checks'
import { KeyErrors } from './key-errors'
import { KeyFacts } from './key-facts'
import { parseKeyView, shownRange } from './key-moment'
import { KeyRequests } from './key-requests'
import { KeyTimeline } from './key-timeline'
import { ProbeKey } from './probe-key'
import { readKeyPage } from './read-key'

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('keys'))('key') }
}

export default async function KeyPage({ params, searchParams }: PageProps<'/keys/[id]'>) {
  const [{ id }, raw] = await Promise.all([params, searchParams])
  const member = await requireMember(`/keys/${id}`, raw)
  if (!can(member, 'read', 'key')) notFound()
  const [timeZone, t] = await Promise.all([getTimeZone(), getTranslations('keyPage')])
  const data = await readKeyPage(id, timeZone)
  if (!data) notFound()
  const { row } = data
  const now = new Date()
  const view = parseKeyView(raw, now)
  const around = view.at && { at: view.at, range: shownRange(view, now) }
  const mayChange = can(member, 'update', 'key')
  return (
    <div className="grid min-w-0 gap-6">
      <div className="grid gap-3">
        <Link
          href="/keys"
          className="inline-flex items-center gap-1.5 justify-self-start rounded text-sm text-muted-foreground hover:text-foreground"
        >
          <ArrowLeft aria-hidden="true" className="size-4" />
          {t('back')}
        </Link>
        <PageHeader
          title={row.name}
          description={<KeyBadges status={row.status} trouble={row.trouble} reason={row.reason} />}
          actions={
            mayChange && (
              <>
                <ProbeKey id={id} />
                <EditKey choices={data.choices} edited={data.edited} />
                <KeyUseButton id={id} name={row.name} status={row.status} />
                {can(member, 'delete', 'key') && <ArchiveKey id={id} name={row.name} />}
              </>
            )
          }
        />
      </div>
      {row.trouble === 'secret_missing' && (
        <Notice tone="error" title={t('secretMissing')}>
          <p>{t('secretMissingText')}</p>
        </Notice>
      )}
      <KeyNumbers row={row} />
      {data.budgets.length > 0 && (
        <Card title={t('budgets')}>
          <BudgetBars
            budgets={data.budgets.map((budget) => ({ ...budget, name: null }))}
            mayRelease={can(member, 'update', 'budget')}
          />
        </Card>
      )}
      <KeyTimeline id={id} view={view} now={now} params={raw} />
      <KeysChart
        keys={[row]}
        range={view.range}
        around={around ?? undefined}
        params={raw}
        path={`/keys/${id}`}
      />
      <div className="grid min-w-0 items-start gap-6 lg:grid-cols-2">
        <KeyFacts data={data} />
        <div className="grid min-w-0 gap-6">
          <KeyChecks checked={data.checked} mayChange={mayChange} />
          <KeyErrors errors={data.errors} />
        </div>
      </div>
      {can(member, 'read', 'request') && (
        <KeyRequests
          keyId={id}
          around={around?.range ?? null}
          rows={
            await listRequests(
              portalDatabase(),
              { key: [id], ownerEmail: null, ...(view.at && { to: justAfter(view.at) }) },
              undefined,
              10,
            )
          }
        />
      )}
    </div>
  )
}

/** The end of a range that has the moment in it, whose text has more digits than a `Date`. */
function justAfter(at: Date): Date {
  return new Date(at.getTime() + 1)
}

function KeyNumbers({ row }: { row: KeyRow }) {
  const t = useTranslations('keyPage')
  const format = useFormatter()
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-5">
      <Stat label={t('requests')} value={quantity(format, row.requests, 'count')} hint={t('lastDay')} />
      <Stat
        label={t('success')}
        value={quantity(format, row.success, 'percent')}
        hint={t('failed', { count: row.failures })}
      />
      <Stat label={t('average')} value={quantity(format, row.averageMs, 'ms')} hint={t('lastDay')} />
      <Stat
        label={t('spend')}
        value={quantity(format, nanosToUsd(row.spendNanos), 'usd')}
        hint={t('thisMonth')}
      />
      <Stat label={t('lastUsed')} value={<Ago at={row.lastUsedAt} />} />
    </div>
  )
}
