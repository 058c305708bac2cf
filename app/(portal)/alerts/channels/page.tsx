import { Send } from 'lucide-react'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { useFormatter, useTranslations } from 'next-intl'
import { getTranslations } from 'next-intl/server'
import { Ago } from '@/components/ago'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { type ChannelRow, type LastDelivery, lastDeliveries, listChannels } from '@/lib/data/channels'
import { portalDatabase } from '@/lib/data/portal-database'
import { readOrganisation } from '@/lib/organisation'
import { useSeverityWords } from '../alert-words'
import { AlertsFrame } from '../alerts-frame'
import { useDeliveryWords } from '../delivery-words'
import { ArchiveChannel } from './archive-channel'
import type { EditedChannel } from './channel-draft'
import { AddChannel, ChannelSheet, EditChannel } from './channel-sheet'
import { useChannelKinds } from './channel-words'
import { TestChannel } from './test-channel'

const path = '/alerts/channels'
/** Far more than a team has. */
const all = { limit: 500, after: undefined }

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('alerts'))('channels') }
}

export default async function ChannelsPage({ searchParams }: PageProps<'/alerts/channels'>) {
  const member = await requireMember(path, await searchParams)
  if (!can(member, 'read', 'channel')) notFound()
  const database = portalDatabase()
  const [channels, { language }] = await Promise.all([listChannels(database.db, all), readOrganisation()])
  const ids = channels.map(({ id }) => id)
  const last = new Map((await lastDeliveries(database, ids)).map((row) => [row.channel_id, row]))
  const mayChange = can(member, 'update', 'channel')
  return (
    <AlertsFrame member={member} current={path} actions={mayChange && channels.length > 0 && <AddChannel />}>
      <ChannelList channels={channels} last={last} mayChange={mayChange} />
      {mayChange && <ChannelSheet channels={channels.map(editedChannel)} language={language} />}
    </AlertsFrame>
  )
}

function editedChannel(row: ChannelRow): EditedChannel {
  const { id, name, kind, urlHint, urlRef, signed, language, minSeverity, enabled } = row
  return {
    id,
    name,
    kind,
    url_hint: urlHint,
    from_environment: urlRef !== null,
    signed,
    language,
    min_severity: minSeverity,
    enabled,
  }
}

function ChannelList({
  channels,
  last,
  mayChange,
}: {
  channels: ChannelRow[]
  last: Map<string, LastDelivery>
  mayChange: boolean
}) {
  const t = useTranslations('channels')
  if (channels.length === 0)
    return (
      <EmptyState icon={Send} title={t('none')} text={t('noneText')} action={mayChange && <AddChannel />} />
    )
  return (
    <div className="grid min-w-0 gap-4 lg:grid-cols-2">
      {channels.map((channel) => (
        <ChannelCard key={channel.id} channel={channel} last={last.get(channel.id)} mayChange={mayChange} />
      ))}
    </div>
  )
}

function ChannelCard({
  channel,
  last,
  mayChange,
}: {
  channel: ChannelRow
  last: LastDelivery | undefined
  mayChange: boolean
}) {
  const t = useTranslations('channels')
  const format = useFormatter()
  const kinds = useChannelKinds()
  const severityWords = useSeverityWords()
  const deliveryWords = useDeliveryWords()
  const { id, name, kind, urlHint, urlRef, signed, language, minSeverity, enabled, problem, problemSince } =
    channel
  const facts = [
    urlRef === null ? urlHint : t('environment', { hint: urlHint }),
    signed ? t('signed') : t('notSigned'),
    language === 'zh' ? '中文' : 'English',
    t('from', { severity: severityWords[minSeverity] }),
  ]
  return (
    <Card
      title={name}
      description={kinds[kind]}
      actions={
        <Badge tone={!enabled ? 'neutral' : problem ? 'bad' : 'good'}>
          {!enabled ? t('off') : problem ? t('failing') : t('on')}
        </Badge>
      }
    >
      <div className="grid gap-3 text-sm">
        <p className="break-words text-muted-foreground">{facts.join(' · ')}</p>
        {problem && (
          <p className="break-words text-destructive">
            {t('problem', {
              problem,
              since: problemSince ? format.dateTime(problemSince, 'time') : '—',
            })}
          </p>
        )}
        <p className="text-muted-foreground">
          {last ? (
            <>
              {t('lastDelivery', { state: deliveryWords[last.state] })} ·{' '}
              <Ago at={new Date(last.at).toISOString()} />
            </>
          ) : (
            t('nothingSent')
          )}
        </p>
        {mayChange && (
          <div className="flex flex-wrap gap-2">
            <TestChannel id={id} name={name} />
            <EditChannel id={id} name={name} />
            <ArchiveChannel id={id} name={name} />
          </div>
        )}
      </div>
    </Card>
  )
}
