import { notFound } from 'next/navigation'
import { useFormatter, useTranslations } from 'next-intl'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { PageHeader } from '@/components/page-header'
import { ButtonLink } from '@/components/ui/button'
import { can, ownerScope } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { readNames } from '@/lib/data/names'
import { portalDatabase } from '@/lib/data/portal-database'
import { findRequest, type RequestDetails } from '@/lib/data/requests'
import { FindRequest } from '../find-request'
import { Attempts, PassedOver } from './attempts'
import { parseSkipped } from './decision'
import { CallFacts, CostFacts, IdFacts, ResultFacts } from './facts'

export async function generateMetadata() {
  const t = await getTranslations('request')
  return { title: t('title') }
}

export default async function RequestPage({ params }: PageProps<'/usage/requests/[id]'>) {
  const { id } = await params
  const member = await requireMember(`/usage/requests/${id}`)
  if (!can(member, 'read', 'request')) notFound()
  const database = portalDatabase()
  const row = await findRequest(database, id, ownerScope(member, 'request'))
  if (!row) notFound()
  const skipped = parseSkipped(row.decision)
  const keyIds = [...row.attempts.map((attempt) => attempt.key_id), ...skipped.map((one) => one.key_id)]
  const names = await readNames(database.db, { apps: [], keys: keyIds.filter((keyId) => keyId !== null) })
  const links = { app: can(member, 'read', 'app'), key: can(member, 'read', 'key') }
  return (
    <div className="grid min-w-0 gap-5">
      <Header row={row} timeZone={await getTimeZone()} />
      <div className="grid min-w-0 items-start gap-5 lg:grid-cols-2">
        <ResultFacts row={row} />
        <CostFacts row={row} maySetPrices={can(member, 'create', 'price')} />
      </div>
      <Attempts attempts={row.attempts} names={names} linkKeys={links.key} />
      <PassedOver skipped={skipped} names={names} linkKeys={links.key} />
      <div className="grid min-w-0 items-start gap-5 lg:grid-cols-2">
        <CallFacts row={row} links={links} />
        <IdFacts row={row} />
      </div>
    </div>
  )
}

function Header({ row, timeZone }: { row: RequestDetails; timeZone: string }) {
  const t = useTranslations('request')
  const format = useFormatter()
  const time = format.dateTime(new Date(row.ts), 'exact')
  return (
    <PageHeader
      title={t('title')}
      description={t('at', { time, timeZone })}
      actions={
        <>
          <FindRequest value="" />
          <ButtonLink look="secondary" href="/usage/requests">
            {t('all')}
          </ButtonLink>
        </>
      }
    />
  )
}
