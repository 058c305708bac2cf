import { useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import { Badge } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import type { Session } from '@/lib/data/sessions'
import { EndSession } from './end-session'
import { describeUserAgent } from './user-agent'

/** Where the member is signed in; `current` is the session of this very page. */
export function Sessions({ sessions, current }: { sessions: Session[]; current: string }) {
  const t = useTranslations('sessions')
  return (
    <Card
      title={t('title')}
      description={t('text')}
      actions={
        sessions.length > 1 && <EndSession path="/sessions" label={t('endOthers')} done={t('endedOthers')} />
      }
      flush
    >
      <ul className="divide-y">
        {sessions.map((session) => (
          <li
            key={session.id}
            className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-3 sm:px-5"
          >
            <div className="min-w-0">
              <p className="flex flex-wrap items-center gap-2 text-sm font-medium">
                <span title={session.userAgent}>{describeUserAgent(session.userAgent)}</span>
                {session.id === current && <Badge tone="good">{t('current')}</Badge>}
              </p>
              <p className="mt-0.5 text-sm text-muted-foreground">
                {t.rich('facts', {
                  address: session.address || '—',
                  begun: () => <Ago at={session.createdAt.toISOString()} />,
                  seen: () => <Ago at={session.seenAt.toISOString()} />,
                })}
              </p>
            </div>
            {session.id !== current && (
              <EndSession path={`/sessions/${session.id}`} label={t('end')} done={t('ended')} />
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}
