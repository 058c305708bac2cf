import { BellRing } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { notFound } from 'next/navigation'
import { useFormatter, useTranslations } from 'next-intl'
import { getTimeZone, getTranslations } from 'next-intl/server'
import { Badge } from '@/components/ui/badge'
import { EmptyState } from '@/components/ui/empty-state'
import { defaultRules } from '@/lib/alerts/default-rules'
import { can } from '@/lib/auth/can'
import { requireMember } from '@/lib/auth/session'
import { type AlertRuleRow, listAlertRules } from '@/lib/data/alerts'
import { portalDatabase } from '@/lib/data/portal-database'
import { type AlertKind, alertKinds } from '@/lib/schemas/alerts'
import { SeverityBadge } from '../alert-badges'
import { useKindWords } from '../alert-words'
import { AlertsFrame } from '../alerts-frame'
import { ArchiveRule } from './archive-rule'
import type { EditedRule } from './rule-draft'
import type { ScopeChoices } from './rule-scope-field'
import { useRuleSentence } from './rule-sentence'
import { AddRule, EditRule, RuleSheet } from './rule-sheet'
import { RuleSwitch } from './rule-switch'
import { useActionWords } from './rule-words'
import { readScopeChoices } from './scope-choices'

const path = '/alerts/rules'
/** Far more than a team has. */
const all = { limit: 500, after: undefined }
const defaultNames = new Map(defaultRules.map(({ id, name }) => [id, name]))

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('alerts'))('rules') }
}

export default async function RulesPage({ searchParams }: PageProps<'/alerts/rules'>) {
  const member = await requireMember(path, await searchParams)
  if (!can(member, 'read', 'alert_rule')) notFound()
  const { db } = portalDatabase()
  const rows = await listAlertRules(db, all)
  const now = new Date()
  const mayChange = can(member, 'update', 'alert_rule')
  return (
    <AlertsFrame member={member} current={path} actions={mayChange && <AddRule />}>
      <RuleList
        rules={rows.map((row) => editedRule(row, now))}
        editing={mayChange ? { choices: await readScopeChoices(db), timeZone: await getTimeZone() } : null}
      />
    </AlertsFrame>
  )
}

/** A mute that is over is none. */
function editedRule(row: AlertRuleRow, now: Date): EditedRule {
  return {
    id: row.id,
    kind: row.kind as AlertKind,
    name: row.name,
    scope: row.scope,
    window_minutes: row.windowMinutes,
    threshold: Number(row.threshold),
    min_count: row.minCount,
    severity: row.severity,
    actions: row.actions,
    undo_on_recovery: row.undoOnRecovery,
    renotify_minutes: row.renotifyMinutes,
    mutes: row.mutes,
    muted_until: row.mutedUntil && row.mutedUntil > now ? row.mutedUntil.toISOString() : null,
    enabled: row.enabled,
  }
}

function RuleList({
  rules,
  editing,
}: {
  rules: EditedRule[]
  /** Null: the member may only look. */
  editing: { choices: ScopeChoices; timeZone: string } | null
}) {
  const t = useTranslations('alertRules')
  const kinds = useKindWords()
  // The names of the rules that came with the product are English; the words of their kinds are not.
  const named = rules
    .map((rule) => (defaultNames.get(rule.id) === rule.name ? { ...rule, name: kinds[rule.kind] } : rule))
    .sort((a, b) => alertKinds.indexOf(a.kind) - alertKinds.indexOf(b.kind))
  return (
    <>
      {named.length === 0 ? (
        <EmptyState icon={BellRing} title={t('none')} text={t('noneText')} />
      ) : (
        <ul className="divide-y rounded-lg border bg-card">
          {named.map((rule) => (
            <RuleLine key={rule.id} rule={rule} mayChange={editing !== null} />
          ))}
        </ul>
      )}
      {editing && <RuleSheet rules={named} {...editing} />}
    </>
  )
}

function RuleLine({ rule, mayChange }: { rule: EditedRule; mayChange: boolean }) {
  const t = useTranslations('alertRules')
  const format = useFormatter()
  const sentence = useRuleSentence()
  const actionWords = useActionWords()
  const {
    id,
    name,
    severity,
    enabled,
    actions,
    mutes,
    muted_until: mutedUntil,
    undo_on_recovery: undo,
    renotify_minutes: again,
  } = rule
  const done = actions.filter(({ action }) => action !== 'notify')
  const narrowed = Object.keys(rule.scope).some((part) => part !== 'by')
  const facts = [
    ...done.map(({ action }) => actionWords[action]),
    ...(done.length > 0 && undo ? [t('undone')] : []),
    ...(again > 0 ? [t('toldAgain', { minutes: again })] : []),
    ...(mutes.length > 0 ? [t('mutedAtTimes', { count: mutes.length })] : []),
    ...(mutedUntil ? [t('mutedUntil', { time: format.dateTime(new Date(mutedUntil), 'time') })] : []),
    ...(narrowed ? [t('narrowed')] : []),
  ]
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 sm:px-5">
      <div className="grid min-w-0 flex-1 basis-72 gap-1">
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="text-sm font-semibold break-words">{name}</h2>
          <SeverityBadge severity={severity} over={!enabled} />
          {!enabled && <Badge>{t('off')}</Badge>}
        </div>
        <p className="text-sm break-words text-muted-foreground">{sentence(rule)}</p>
        {facts.length > 0 && <p className="text-xs/5 break-words">{facts.join(' · ')}</p>}
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Link
          href={{ pathname: '/alerts', query: { state: 'all', rule: id } }}
          aria-label={t('alertsOf', { name })}
          className="rounded text-sm text-primary underline-offset-4 hover:underline"
        >
          {t('alerts')}
        </Link>
        {mayChange && (
          <>
            <EditRule id={id} name={name} />
            <ArchiveRule id={id} name={name} />
            <RuleSwitch id={id} name={name} enabled={enabled} />
          </>
        )}
      </div>
    </li>
  )
}
