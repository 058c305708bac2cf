import { ArrowRight } from 'lucide-react'
import type { Route } from 'next'
import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import { ButtonLink } from '@/components/ui/button'
import { AlertActions } from './alert-actions'
import { AlertBadges } from './alert-badges'
import type { AlertView } from './alert-view'

/** One alert of a list: what happened, since when, whom it affects, and what to do. */
export function AlertCard({ alert, mayChange }: { alert: AlertView; mayChange: boolean }) {
  return (
    <article className="grid min-w-0 gap-2.5 rounded-lg border bg-card px-4 py-3.5 sm:px-5">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1.5">
        <AlertBadges alert={alert} />
        <span className="text-xs text-muted-foreground">
          <AlertTimes alert={alert} />
        </span>
      </div>
      <h2 className="min-w-0 text-sm font-semibold break-words">
        <Link href={`/alerts/${alert.id}`} className="rounded underline-offset-4 hover:underline">
          {alert.title}
        </Link>
      </h2>
      <AlertWhat alert={alert} />
      <div className="flex flex-wrap items-center gap-2">
        {alert.state !== 'resolved' && <ActionLink alert={alert} />}
        {mayChange && <AlertActions id={alert.id} title={alert.title} state={alert.state} />}
      </div>
    </article>
  )
}

/** Since when, or until when and for how long. */
function AlertTimes({ alert: { firedAt, resolvedAt } }: { alert: AlertView }) {
  const t = useTranslations('alerts')
  const format = useFormatter()
  if (resolvedAt === null)
    return t.rich('since', {
      time: format.dateTime(new Date(firedAt), 'time'),
      ago: () => <Ago at={firedAt} />,
    })
  const minutes = Math.max(1, Math.round((Date.parse(resolvedAt) - Date.parse(firedAt)) / 60_000))
  return t('lasted', { time: format.dateTime(new Date(firedAt), 'time'), minutes })
}

/** What happened in figures, whom it affects, what the rule has done, and what is recommended. */
export function AlertWhat({ alert }: { alert: AlertView }) {
  const t = useTranslations('alerts')
  const facts = [
    { name: t('affects'), text: alert.affects },
    { name: t('applied'), text: alert.applied.join(t('comma')) },
    { name: t('recommended'), text: alert.action.text },
  ].filter(({ text }) => text !== '')
  return (
    <div className="grid min-w-0 gap-1 text-sm">
      <p className="break-words">{alert.text}</p>
      {facts.map(({ name, text }) => (
        <p key={name} className="break-words text-muted-foreground">
          <span className="font-medium text-foreground">{name}</span> {text}
        </p>
      ))}
    </div>
  )
}

/** Leads to the page where the recommended action is done. */
export function ActionLink({ alert: { action, title } }: { alert: AlertView }) {
  const words = useTargetWords()
  return (
    <ButtonLink size="sm" href={action.href as Route}>
      <span>
        {words(action.href)}
        <span className="sr-only">: {title}</span>
      </span>
      <ArrowRight aria-hidden="true" />
    </ButtonLink>
  )
}

function useTargetWords(): (href: string) => string {
  const t = useTranslations('alerts')
  const words: [string, string][] = [
    ['/keys/', t('openKey')],
    ['/pools', t('openPool')],
    ['/apps/', t('openApp')],
    ['/usage/requests', t('openRequests')],
    ['/usage', t('openUsage')],
    ['/settings/jobs', t('openJobs')],
  ]
  return (href) => words.find(([start]) => href.startsWith(start))?.[1] ?? t('open')
}
