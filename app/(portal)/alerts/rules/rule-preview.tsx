'use client'

import { History } from 'lucide-react'
import { useFormatter, useTranslations } from 'next-intl'
import { useState } from 'react'
import type { z } from 'zod'
import { ErrorNotice } from '@/components/admin-error'
import { type AdminResult, callAdmin } from '@/components/call-admin'
import { duration } from '@/components/quantity'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import type { alertRulePreview } from '@/lib/schemas/alert-preview'
import { type RuleDraft, ruleBody } from './rule-draft'

type Preview = z.output<typeof alertRulePreview>
type Remark = Preview['remarks'][number]

/** How often the rule, as it is in the form, would have fired over the last seven days. */
export function RulePreview({ draft, timeZone }: { draft: RuleDraft; timeZone: string }) {
  const t = useTranslations('rulePreview')
  const [pending, setPending] = useState(false)
  const [answer, setAnswer] = useState<{ asked: string; result: AdminResult<Preview> }>()
  const body = {
    kind: draft.kind,
    ...ruleBody({ ...draft, name: draft.name.trim() || draft.kind }, timeZone),
  }
  const asked = JSON.stringify(body)

  async function ask() {
    setPending(true)
    const result = await callAdmin<Preview>('POST', '/alert-rules/preview', body)
    setAnswer({ asked, result })
    setPending(false)
  }

  // What the form said before is no answer to what it says now.
  const result = answer?.asked === asked ? answer.result : undefined
  return (
    <section aria-label={t('title')} className="grid gap-3 rounded-lg border bg-muted/40 p-4">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <p className="text-sm text-muted-foreground">{t('text')}</p>
        <Button look="secondary" size="sm" pending={pending} onClick={ask}>
          <History aria-hidden="true" />
          {t('ask')}
        </Button>
      </div>
      <div aria-live="polite">
        {result?.ok && <Answer preview={result.data} />}
        {result && !result.ok && <ErrorNotice error={result.error} />}
      </div>
    </section>
  )
}

function Answer({ preview }: { preview: Preview }) {
  const t = useTranslations('rulePreview')
  const format = useFormatter()
  const remarkWords = useRemarkWords()
  const { kept, fired, told, from, to, step_seconds: step, firings, remarks } = preview
  if (!kept || from === null || to === null) return <p className="text-sm font-medium">{t('notKept')}</p>
  return (
    <div className="grid gap-3 text-sm">
      <p>
        <span className="font-medium">{t('fired', { count: fired ?? 0 })}</span>{' '}
        {fired !== 0 && <span>{t('told', { count: told ?? 0 })}</span>}
      </p>
      {firings.length > 0 && <Firings firings={firings} />}
      <ul className="grid gap-1 text-xs text-muted-foreground">
        {firings.length < (fired ?? 0) && <li>{t('newest', { count: firings.length })}</li>}
        <li>
          {t('span', {
            from: format.dateTime(new Date(from), 'time'),
            to: format.dateTime(new Date(to), 'time'),
            step: duration(format, (step ?? 0) * 1000),
          })}
        </li>
        {remarks.map((remark) => (
          <li key={remark}>{remarkWords[remark]}</li>
        ))}
      </ul>
    </div>
  )
}

function Firings({ firings }: Pick<Preview, 'firings'>) {
  const t = useTranslations('rulePreview')
  const format = useFormatter()
  return (
    <div className="overflow-hidden rounded border bg-card">
      <Table label={t('table')} height="chart">
        <thead>
          <tr>
            <HeadCell>{t('time')}</HeadCell>
            <HeadCell>{t('about')}</HeadCell>
            <HeadCell numeric>{t('lasted')}</HeadCell>
          </tr>
        </thead>
        <tbody>
          {firings.map(({ subject, fired_at, resolved_at, flapping, told }) => (
            <Row key={`${subject.scope} ${subject.id} ${fired_at}`}>
              <Cell>
                <time dateTime={fired_at} className="whitespace-nowrap tabular-nums">
                  {format.dateTime(new Date(fired_at), {
                    month: 'short',
                    day: 'numeric',
                    hour: '2-digit',
                    minute: '2-digit',
                    hourCycle: 'h23',
                  })}
                </time>
              </Cell>
              <Cell>
                <span className="flex flex-wrap items-center gap-1.5">
                  {subject.name || t('everything')}
                  {flapping && <Badge tone="warn">{t('flapping')}</Badge>}
                  {told === 0 && <Badge>{t('quiet')}</Badge>}
                </span>
              </Cell>
              <Cell numeric>
                {resolved_at === null
                  ? t('goesOn')
                  : duration(format, Date.parse(resolved_at) - Date.parse(fired_at))}
              </Cell>
            </Row>
          ))}
        </tbody>
      </Table>
    </div>
  )
}

function useRemarkWords(): Record<Remark, string> {
  const t = useTranslations('rulePreview')
  return {
    fewer_days: t('fewerDays'),
    settings_of_today: t('settingsOfToday'),
    budgets_of_app_keys: t('budgetsOfAppKeys'),
    archived_keys: t('archivedKeys'),
  }
}
