import { useFormatter, useTranslations } from 'next-intl'
import type { z } from 'zod'
import { Badge, type Tone } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import type { status } from '@/lib/schemas/status'

type Status = z.output<typeof status>

const tones: Record<string, Tone> = {
  up: 'good',
  ready: 'good',
  not_configured: 'neutral',
  late: 'warn',
  failing: 'bad',
  degraded: 'bad',
  down: 'bad',
  not_seen: 'warn',
  not_initialised: 'warn',
}

/** Gateway, databases, vault and scheduler: how each stands and since when. */
export function PartsCard({ status }: { status: Status }) {
  const t = useTranslations('parts')
  const { gateway, portal, postgres, redis, vault, scheduler } = status
  return (
    <Card title={t('title')} flush>
      <dl className="divide-y">
        <Part name={t('gateway')} part={gateway}>
          {gateway.processes > 0 && t('processes', { count: gateway.processes })}
        </Part>
        <Part name={t('portal')} part={portal} />
        <Part name="PostgreSQL" part={postgres} />
        <Part name="Redis" part={redis}>
          {redis.state === 'not_configured' ? t('redisMemory') : redis.error}
        </Part>
        <Part name={t('vault')} part={vault} />
        <Part name={t('scheduler')} part={scheduler}>
          {scheduler.jobs.length > 0 && t('troubled', { jobs: scheduler.jobs.join(', ') })}
        </Part>
      </dl>
    </Card>
  )
}

function Part({
  name,
  part: { state, since, version },
  children,
}: {
  name: string
  part: { state: string; since: string | null; version: string | null }
  children?: string | false | null
}) {
  const t = useTranslations('parts')
  const format = useFormatter()
  const words: Record<string, string> = {
    up: t('up'),
    ready: t('ready'),
    not_configured: t('notConfigured'),
    late: t('late'),
    failing: t('failing'),
    degraded: t('degraded'),
    down: t('down'),
    not_seen: t('notSeen'),
    not_initialised: t('notInitialised'),
  }
  const facts = [
    since && t('since', { time: format.dateTime(new Date(since), 'time') }),
    version && t('version', { version }),
    children,
  ].filter(Boolean)
  return (
    <div className="grid gap-1 px-4 py-2.5 text-sm sm:grid-cols-[9rem_8rem_1fr] sm:items-center sm:gap-4 sm:px-5">
      <dt className="text-muted-foreground">{name}</dt>
      <dd>
        <Badge tone={tones[state] ?? 'neutral'}>{words[state] ?? state}</Badge>
      </dd>
      <dd className="min-w-0 break-words text-muted-foreground">{facts.join(' · ')}</dd>
    </div>
  )
}
