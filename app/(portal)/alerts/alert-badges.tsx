import { CircleCheck, Info, OctagonAlert, Repeat, TriangleAlert, UserCheck } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Badge } from '@/components/ui/badge'
import type { Severity } from '@/lib/schemas/alerts'
import type { AlertState, AlertView } from './alert-view'
import { useSeverityWords } from './alert-words'

const looks = {
  info: { tone: 'info', icon: Info },
  warning: { tone: 'warn', icon: TriangleAlert },
  critical: { tone: 'bad', icon: OctagonAlert },
} as const

/** `over`: what it was, without its colour. */
export function SeverityBadge({ severity, over = false }: { severity: Severity; over?: boolean }) {
  const words = useSeverityWords()
  const { tone, icon } = looks[severity]
  return (
    <Badge tone={over ? 'neutral' : tone} icon={icon}>
      {words[severity]}
    </Badge>
  )
}

export function AlertBadges({ alert }: { alert: Pick<AlertView, 'severity' | 'state' | 'flapping'> }) {
  const t = useTranslations('alerts')
  const words = useAlertStateWords()
  const { severity, state, flapping } = alert
  return (
    <span className="inline-flex flex-wrap items-center gap-1">
      <SeverityBadge severity={severity} over={state === 'resolved'} />
      {state === 'firing' && <Badge tone={looks[severity].tone}>{words.firing}</Badge>}
      {state === 'acknowledged' && <Badge icon={UserCheck}>{words.acknowledged}</Badge>}
      {state === 'resolved' && (
        <Badge tone="good" icon={CircleCheck}>
          {words.resolved}
        </Badge>
      )}
      {flapping && <Badge icon={Repeat}>{t('flapping')}</Badge>}
    </span>
  )
}

function useAlertStateWords(): Record<AlertState, string> {
  const t = useTranslations('alertStates')
  return { firing: t('firing'), acknowledged: t('acknowledged'), resolved: t('resolved') }
}
