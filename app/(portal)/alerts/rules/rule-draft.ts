/** What the form of an alert rule holds, which figures each kind has, and what is sent for it. Pure. */
import type { z } from 'zod'
import type { AlertKind, alertRuleInput, Severity } from '@/lib/schemas/alerts'
import { fromWallClock, wallClock } from '@/lib/time-zone'

type Input = z.input<typeof alertRuleInput>
type Rule = z.output<typeof alertRuleInput>
export type RuleAction = Rule['actions'][number]['action']
export type RuleScope = Rule['scope']
export type Mute = Rule['mutes'][number]
export type EditedRule = Omit<Rule, 'muted_until'> & { id: string; muted_until: string | null }
/** The lists of a scope; of the first four, ids. */
export type ScopeList = Exclude<keyof RuleScope, 'by'>

/** How a kind's threshold is read; a percentage is kept as a fraction of 1. */
type Threshold = 'percent' | 'times' | 'hours' | 'days' | 'usd'
export type RuleFields = {
  threshold?: Threshold
  window?: true
  /** Of what there must be so many. */
  minCount?: 'calls' | 'keys' | 'runs'
  /** What is compared with what, the usual first. */
  by?: NonNullable<RuleScope['by']>[]
}

const compared = ['model', 'key', 'provider', 'pool', 'app', 'tenant', 'global'] as const

export const ruleFields: Record<AlertKind, RuleFields> = {
  budget: { threshold: 'percent' },
  burn_rate: { threshold: 'times' },
  projected_exhaustion: { threshold: 'hours' },
  balance_low: { threshold: 'usd' },
  error_rate: {
    threshold: 'percent',
    window: true,
    minCount: 'calls',
    by: ['key', ...compared.filter((by) => by !== 'key')],
  },
  rate_limited: { threshold: 'times', window: true, minCount: 'calls' },
  latency: { threshold: 'times', window: true, minCount: 'calls', by: [...compared] },
  ttft: { threshold: 'times', window: true, minCount: 'calls', by: [...compared] },
  key_down: { window: true },
  pool_degraded: { threshold: 'percent', minCount: 'keys' },
  pool_out: {},
  key_unused: { threshold: 'days' },
  key_expiring: { threshold: 'days' },
  ledger_drift: { threshold: 'usd' },
  store_degraded: { window: true },
  job_failing: { minCount: 'runs' },
}

const ofKeys = ['key', 'provider', 'pool', 'environment'] as const

/** What a rule of the kind can be narrowed to. */
export function possibleLists(kind: AlertKind): readonly ScopeList[] {
  switch (kind) {
    case 'budget':
    case 'burn_rate':
    case 'projected_exhaustion':
      return ['key', 'pool', 'app', 'tenant', 'project', 'feature']
    case 'error_rate':
    case 'rate_limited':
    case 'latency':
    case 'ttft':
      return [...ofKeys, 'app', 'tenant', 'project', 'feature', 'model']
    case 'ledger_drift':
    case 'store_degraded':
    case 'job_failing':
      return []
    default:
      return ofKeys
  }
}

/** A list that is emptied is none: everything. */
export function withList(scope: RuleScope, name: ScopeList, values: string[]): RuleScope {
  const { [name]: _, ...rest } = scope
  return values.length === 0 ? rest : { ...rest, [name]: values }
}

/** What a rule can do about what its alerts are about, besides telling people. */
export function possibleActions(kind: AlertKind, by: RuleScope['by']): RuleAction[] {
  const subject = by ?? ruleFields[kind].by?.[0] ?? (kind.startsWith('pool_') ? 'pool' : 'key')
  if (['ledger_drift', 'store_degraded', 'job_failing'].includes(kind) || subject === 'model') return []
  if (['budget', 'burn_rate', 'projected_exhaustion'].includes(kind))
    return ['throttle', 'downgrade', 'economy', 'stop', 'disable_key']
  return subject === 'key'
    ? ['throttle', 'economy', 'stop', 'disable_key']
    : ['throttle', 'downgrade', 'economy', 'stop']
}

export type ActionDraft = { key: number; action: RuleAction; rpm: string; models: string[]; minutes: string }
export type MuteDraft = Mute & { key: number }

export type RuleDraft = {
  kind: AlertKind
  name: string
  scope: RuleScope
  threshold: string
  windowMinutes: string
  minCount: string
  severity: Severity
  actions: ActionDraft[]
  undo: boolean
  renotifyMinutes: string
  mutes: MuteDraft[]
  /** As clocks of the organisation show it; empty: not muted. */
  mutedUntil: string
  enabled: boolean
}

export function newAction(key: number, action: RuleAction): ActionDraft {
  return { key, action, rpm: '60', models: [], minutes: '' }
}

/** Every night, to begin with. */
export function newMute(key: number): MuteDraft {
  return { key, days: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '08:00' }
}

/** With sensible figures for a new rule of a kind. */
export function newRule(kind: AlertKind): RuleDraft {
  const usual: Record<Threshold, string> = { percent: '20', times: '2', hours: '24', days: '7', usd: '10' }
  const { threshold, minCount, by } = ruleFields[kind]
  return {
    kind,
    name: '',
    scope: by ? { by: by[0] } : {},
    threshold: threshold ? usual[threshold] : '0',
    windowMinutes: '15',
    minCount: minCount === 'calls' ? '20' : minCount ? '2' : '0',
    severity: 'warning',
    actions: [],
    undo: true,
    renotifyMinutes: '0',
    mutes: [],
    mutedUntil: '',
    enabled: true,
  }
}

/** `timeZone`: of the organisation. */
export function draftOfRule(rule: EditedRule, timeZone: string): RuleDraft {
  const percent = ruleFields[rule.kind].threshold === 'percent'
  return {
    kind: rule.kind,
    name: rule.name,
    scope: rule.scope,
    threshold: String(percent ? rounded(rule.threshold * 100) : rule.threshold),
    windowMinutes: String(rule.window_minutes),
    minCount: String(rule.min_count),
    severity: rule.severity,
    actions: rule.actions
      .filter(({ action }) => action !== 'notify')
      .map(({ action, rpm, models, minutes }, key) => ({
        key,
        action,
        rpm: rpm === null ? '60' : String(rpm),
        models,
        minutes: minutes === null ? '' : String(minutes),
      })),
    undo: rule.undo_on_recovery,
    renotifyMinutes: String(rule.renotify_minutes),
    mutes: rule.mutes.map((mute, key) => ({ ...mute, key })),
    mutedUntil: rule.muted_until === null ? '' : wallClock(new Date(rule.muted_until), timeZone).slice(0, 16),
    enabled: rule.enabled,
  }
}

/** `POST /alert-rules`, but for the kind. */
export function ruleBody(draft: RuleDraft, timeZone: string): Omit<Input, 'kind'> {
  const percent = ruleFields[draft.kind].threshold === 'percent'
  const threshold = Number(draft.threshold)
  return {
    name: draft.name.trim(),
    scope: draft.scope,
    threshold: percent ? rounded(threshold / 100) : threshold,
    window_minutes: Number(draft.windowMinutes),
    min_count: Number(draft.minCount),
    severity: draft.severity,
    actions: draft.actions.map(({ action, rpm, models, minutes }) => ({
      action,
      rpm: action === 'throttle' ? Number(rpm) : null,
      models: action === 'economy' ? models : [],
      minutes: minutes.trim() === '' ? null : Number(minutes),
    })),
    undo_on_recovery: draft.undo,
    renotify_minutes: Number(draft.renotifyMinutes),
    mutes: draft.mutes.map(({ days, from, to }) => ({ days, from, to })),
    muted_until: fromWallClock(draft.mutedUntil, timeZone)?.toISOString() ?? null,
    enabled: draft.enabled,
  }
}

/** `PATCH /alert-rules/{id}`: only what differs. */
export function ruleChanges(draft: RuleDraft, before: EditedRule, timeZone: string): Record<string, unknown> {
  const old: Record<string, unknown> = ruleBody(draftOfRule(before, timeZone), timeZone)
  const changed = Object.entries(ruleBody(draft, timeZone)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name]),
  )
  return Object.fromEntries(changed)
}

/** 0.2 * 100 and the like, without their tails. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6
}
