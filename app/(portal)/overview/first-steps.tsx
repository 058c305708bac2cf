import { CircleCheck, CircleDashed } from 'lucide-react'
import type { Route } from 'next'
import { useTranslations } from 'next-intl'
import { CodeBlock } from '@/components/code-block'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import type { Progress } from '@/lib/data/overview'

/** From nothing to the first call; the next step has the button. */
export function FirstSteps({ progress, address }: { progress: Progress; address: string }) {
  const t = useTranslations('firstSteps')
  const steps = [
    { done: progress.key, title: t('key'), text: t('keyText'), href: '/keys?add=1', button: t('addKey') },
    { done: progress.app, title: t('app'), text: t('appText'), href: '/apps?add=1', button: t('addApp') },
    {
      done: progress.app_key,
      title: t('appKey'),
      text: t('appKeyText'),
      href: '/apps',
      button: t('openApps'),
    },
    { done: progress.call, title: t('call'), text: t('callText'), href: null, button: '' },
  ]
  const next = steps.findIndex(({ done }) => !done)
  return (
    <Card title={t('title')} description={t('lead')}>
      <ol className="grid gap-4">
        {steps.map(({ done, title, text, href, button }, index) => (
          <li
            key={title}
            aria-current={index === next ? 'step' : undefined}
            className="flex items-start gap-3"
          >
            {done ? (
              <CircleCheck aria-label={t('done')} className="mt-0.5 size-5 shrink-0 text-success" />
            ) : (
              <CircleDashed aria-label={t('open')} className="mt-0.5 size-5 shrink-0 text-muted-foreground" />
            )}
            <div className="grid min-w-0 flex-1 gap-2">
              <div>
                <p className={`text-sm font-medium ${done ? 'text-muted-foreground' : ''}`}>{title}</p>
                {!done && <p className="text-sm text-muted-foreground">{text}</p>}
              </div>
              {index === next && href && (
                <div>
                  <ButtonLink size="sm" href={href as Route}>
                    {button}
                  </ButtonLink>
                </div>
              )}
              {index === next && !href && (
                <CodeBlock title={t('terminal')} code={firstCall(address, t('greeting'))} />
              )}
            </div>
          </li>
        ))}
      </ol>
    </Card>
  )
}

function firstCall(address: string, greeting: string): string {
  return [
    `curl ${address}/api/v1/chat/completions \\`,
    `  -H "authorization: Bearer $APP_KEY" \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"${greeting}"}]}'`,
  ].join('\n')
}
