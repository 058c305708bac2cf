import { notFound } from 'next/navigation'
import { useFormatter, useTranslations } from 'next-intl'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { PageHeader } from '@/components/page-header'
import { ButtonLink } from '@/components/ui/button'
import { can, ownerScope } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { liveKeys } from '@/lib/data/keys'
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
  const keyIds = [
    row.key_id,
    ...row.attempts.map(({ key_id }) => key_id),
    ...skipped.map(({ key_id }) => key_id),
  ].filter((keyId) => keyId !== null)
  const names = await readNames(database.db, { apps: [], keys: keyIds })
  const linked = can(member, 'read', 'key') ? await liveKeys(database.db, keyIds) : new Set<string>()
  const links = { app: can(member, 'read', 'app'), keys: linked }
  return (
    <div className="grid min-w-0 gap-5">
      <Header row={row} timeZone={await getTimeZone()} />
      <div className="grid min-w-0 items-start gap-5 lg:grid-cols-2">
        <ResultFacts row={row} />
        <CostFacts row={row} maySetPrices={can(member, 'create', 'price')} />
      </div>
      <Attempts attempts={row.attempts} ts={row.ts} names={names} linked={linked} />
      <PassedOver skipped={skipped} ts={row.ts} names={names} linked={linked} />
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
