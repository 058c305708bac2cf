import { describe, expect, it } from 'vitest'
import {
  draftOfRule,
  type EditedRule,
  newRule,
  possibleActions,
  possibleLists,
  ruleBody,
  ruleChanges,
  withList,
} from '@/app/(portal)/alerts/rules/rule-draft'
import { stopScope } from '@/lib/alerts/actions'
import { alertKinds, alertRuleInput, alertRulePatch } from '@/lib/schemas/alerts'

const zone = 'Asia/Shanghai'
const rule: EditedRule = {
  id: '0190c1f2-0000-7000-8000-000000000000',
  kind: 'error_rate',
  name: 'Many errors',
  scope: { by: 'key', environment: ['production'] },
  window_minutes: 10,
  threshold: 0.29,
  min_count: 20,
  severity: 'critical',
  actions: [
    { action: 'throttle', rpm: 30, models: [], minutes: 15 },
    { action: 'disable_key', rpm: null, models: [], minutes: null },
  ],
  undo_on_recovery: true,
  renotify_minutes: 60,
  mutes: [{ days: [6, 7], from: '22:00', to: '08:00' }],
  muted_until: '2026-03-01T10:30:00.000Z',
  enabled: true,
}

describe('the form of a rule', () => {
  it('shows shares as percentages and gives back what it got', () => {
    const draft = draftOfRule(rule, zone)
    expect(draft.threshold).toBe('29')
    const { id: _, kind: __, ...fields } = rule
    expect(ruleBody(draft, zone)).toEqual(fields)
    expect(ruleChanges(draft, rule, zone)).toEqual({})
  })

  it('sends only what was changed', () => {
    const changes = ruleChanges({ ...draftOfRule(rule, zone), threshold: '35', enabled: false }, rule, zone)
    expect(changes).toEqual({ threshold: 0.35, enabled: false })
    expect(alertRulePatch.parse(changes)).toEqual(changes)
  })

  it('shows until when it is muted as clocks of the organisation do, and takes the mute away', () => {
    const draft = draftOfRule(rule, zone)
    expect(draft.mutedUntil).toBe('2026-03-01T18:30')
    expect(ruleChanges({ ...draft, mutedUntil: '' }, rule, zone)).toEqual({ muted_until: null })
    expect(ruleChanges({ ...draft, mutedUntil: '2026-03-02T00:00' }, rule, zone)).toEqual({
      muted_until: '2026-03-01T16:00:00.000Z',
    })
  })

  it('is narrowed by lists, of which an empty one is none', () => {
    const narrowed = withList(rule.scope, 'app', [rule.id])
    expect(narrowed).toEqual({ ...rule.scope, app: [rule.id] })
    expect(withList(narrowed, 'app', [])).toEqual(rule.scope)
    for (const kind of alertKinds) {
      for (const name of possibleLists(kind)) {
        const scope = withList({}, name, [rule.id])
        expect(alertRuleInput.safeParse({ kind, name: 'x', scope }).error).toBeUndefined()
      }
    }
  })

  it.each(alertKinds)('offers a new rule of kind %s that the admin API takes', (kind) => {
    expect(
      alertRuleInput.safeParse({ kind, ...ruleBody({ ...newRule(kind), name: 'new' }, zone) }).error,
    ).toBeUndefined()
  })

  it.each(['key', 'pool', 'provider', 'app', 'tenant', 'global', 'model'] as const)(
    'offers for %s exactly the actions that can do something',
    (scope) => {
      const every = ['throttle', 'downgrade', 'economy', 'stop'] as const
      const stops = every.filter((action) => stopScope(action, { scope }) !== null)
      expect(possibleActions('error_rate', scope)).toEqual([
        ...stops,
        ...(scope === 'key' ? ['disable_key'] : []),
      ])
    },
  )
})
