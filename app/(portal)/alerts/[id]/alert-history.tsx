import { useFormatter, useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import { Card } from '@/components/ui/card'
import type { AlertView } from '../alert-view'

/** When it began, who took it on, and how it ended. */
export function AlertHistory({ alert }: { alert: AlertView }) {
  const t = useTranslations('alerts')
  const format = useFormatter()
  const steps = [
    { at: alert.firedAt, text: t('firedStep') },
    {
      at: alert.acknowledgedAt,
      text: t('acknowledgedStep', { name: alert.acknowledgedBy ?? '—' }),
    },
    {
      at: alert.resolvedAt,
      text: alert.resolvedBy === null ? t('recoveredStep') : t('resolvedStep', { name: alert.resolvedBy }),
    },
  ]
  return (
    <Card title={t('history')}>
      <ol className="grid gap-3 text-sm">
        {steps.map(
          ({ at, text }) =>
            at !== null && (
              <li key={text} className="grid gap-0.5 border-l-2 pl-3">
                <span>{text}</span>
                <span className="text-xs text-muted-foreground">
                  {format.dateTime(new Date(at), 'time')} · <Ago at={at} />
                </span>
              </li>
            ),
        )}
      </ol>
    </Card>
  )
}
