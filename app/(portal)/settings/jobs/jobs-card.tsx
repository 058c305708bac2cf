import { CalendarClock } from 'lucide-react'
import { useFormatter, useTranslations } from 'next-intl'
import type { z } from 'zod'
import { Ago } from '@/components/ago'
import { quantity } from '@/components/quantity'
import { Badge, type Tone } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import type { JobState, job } from '@/lib/schemas/jobs'

type Job = z.output<typeof job>

const tones: Record<JobState, Tone> = { waiting: 'good', running: 'info', late: 'warn', failing: 'bad' }

/** What runs on a schedule, and how the last runs ended. */
export function JobsCard({ jobs }: { jobs: Job[] }) {
  const t = useTranslations('jobs')
  return (
    <Card title={t('title')} description={t('text')} flush>
      {jobs.length === 0 ? (
        <EmptyState icon={CalendarClock} title={t('none')} text={t('noneText')} />
      ) : (
        <Table label={t('title')}>
          <thead>
            <tr>
              <HeadCell>{t('job')}</HeadCell>
              <HeadCell>{t('state')}</HeadCell>
              <HeadCell>{t('lastRun')}</HeadCell>
              <HeadCell numeric>{t('took')}</HeadCell>
              <HeadCell>{t('due')}</HeadCell>
              <HeadCell>{t('lastErrors')}</HeadCell>
            </tr>
          </thead>
          <tbody>
            {jobs.map((one) => (
              <JobLine key={one.job} job={one} />
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  )
}

function JobLine({ job: { job: name, state, runs, due_at, interval_seconds } }: { job: Job }) {
  const t = useTranslations('jobs')
  const format = useFormatter()
  const states = { waiting: t('waiting'), running: t('running'), late: t('late'), failing: t('failing') }
  const names = useJobNames()
  const last = runs[0]
  const failed = runs.filter(({ error }) => error !== null)
  return (
    <Row>
      <Cell>
        <div className="grid min-w-32 gap-0.5">
          <span className="font-medium">{names[name] ?? name}</span>
          <span className="text-xs text-muted-foreground">
            {interval_seconds < 60
              ? t('everySeconds', { count: interval_seconds })
              : t('everyMinutes', { count: Math.round(interval_seconds / 60) })}
          </span>
        </div>
      </Cell>
      <Cell>
        <Badge tone={tones[state]}>{states[state]}</Badge>
      </Cell>
      <Cell>
        <Ago at={last?.started_at ?? null} />
      </Cell>
      <Cell numeric>{quantity(format, last?.ms, 'ms')}</Cell>
      <Cell>
        <Ago at={due_at} />
      </Cell>
      <Cell>
        {failed.length === 0 ? (
          '—'
        ) : (
          <div className="grid max-w-96 min-w-40 gap-1">
            {failed.map(({ id, started_at, error }) => (
              <span key={id} className="text-xs break-words text-muted-foreground">
                <Ago at={started_at} /> · {error}
              </span>
            ))}
          </div>
        )}
      </Cell>
    </Row>
  )
}

function useJobNames(): Record<string, string> {
  const t = useTranslations('jobs')
  return {
    probes: t('probes'),
    balances: t('balances'),
    alerts: t('alerts'),
    deliveries: t('deliveries'),
    summaries: t('summaries'),
    retention: t('retention'),
    'self-audit': t('audit'),
    cleaning: t('cleaning'),
  }
}
