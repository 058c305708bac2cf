/** What the pages show of an alert, and what their addresses ask for. Pure. */
import { z } from 'zod'
import { choice, text } from '@/components/data-table/parameters'
import type { AlertDetails } from '@/lib/alerts/facts'
import { type AlertText, alertText, appliedText } from '@/lib/alerts/text'
import type { AlertWithRule } from '@/lib/data/alerts'
import type { Language } from '@/lib/errors'
import { isId } from '@/lib/id'
import { alertKinds, severities } from '@/lib/schemas/alerts'

export type AlertState = AlertWithRule['state']
export const stateFilters = ['open', 'resolved', 'all'] as const

const id = text.transform((value) => (value && isId(value) ? value : undefined))

export const alertParams = z.object({
  state: choice(stateFilters, 'open'),
  severity: z.enum(severities).optional().catch(undefined),
  kind: z.enum(alertKinds).optional().catch(undefined),
  key: id,
  rule: id,
  cursor: text.transform(readCursor),
})
export type AlertParams = z.output<typeof alertParams>
export const filterNames = ['severity', 'kind', 'key', 'rule']

export type AlertView = AlertText & {
  id: string
  rule: { id: string; name: string } | null
  kind: string
  state: AlertState
  severity: AlertWithRule['severity']
  flapping: boolean
  /** What the rule has done, in words. */
  applied: string[]
  firedAt: string
  acknowledgedAt: string | null
  acknowledgedBy: string | null
  resolvedAt: string | null
  resolvedBy: string | null
}

export function alertView(row: AlertWithRule, locale: string, timeZone: string): AlertView {
  const language: Language = locale === 'zh-CN' ? 'zh' : 'en'
  return {
    ...alertText(row.details as AlertDetails, language, timeZone),
    id: row.id,
    rule: row.ruleId === null ? null : { id: row.ruleId, name: row.rule },
    kind: row.kind,
    state: row.state,
    severity: row.severity,
    flapping: row.tracking.flapping,
    applied: row.applied.map((one) => appliedText(one, language)),
    firedAt: row.firedAt.toISOString(),
    acknowledgedAt: row.acknowledgedAt?.toISOString() ?? null,
    acknowledgedBy: row.acknowledgedBy,
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    resolvedBy: row.resolvedBy,
  }
}

/** The `cursor` after which the next page begins. */
export function cursorText({ firedAt, id }: Pick<AlertView, 'firedAt' | 'id'>): string {
  return `${firedAt}_${id}`
}

function readCursor(cursor: string | undefined): { ts: string; id: string } | undefined {
  const [ts = '', id = ''] = cursor?.split('_') ?? []
  return z.iso.datetime().safeParse(ts).success && isId(id) ? { ts, id } : undefined
}
