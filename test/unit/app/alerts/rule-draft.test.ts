import { describe, expect, it } from 'vitest'
import {
  draftOfRule,
  type EditedRule,
  newRule,
  possibleActions,
  ruleBody,
  ruleChanges,
} from '@/app/(portal)/alerts/rules/rule-draft'
import { stopScope } from '@/lib/alerts/actions'
import { alertKinds, alertRuleInput, alertRulePatch } from '@/lib/schemas/alerts'

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
  enabled: true,
}

describe('the form of a rule', () => {
  it('shows shares as percentages and gives back what it got', () => {
    const draft = draftOfRule(rule)
    expect(draft.threshold).toBe('29')
    const { id: _, kind: __, ...fields } = rule
    expect(ruleBody(draft)).toEqual(fields)
    expect(ruleChanges(draft, rule)).toEqual({})
  })

  it('sends only what was changed', () => {
    const changes = ruleChanges({ ...draftOfRule(rule), threshold: '35', enabled: false }, rule)
    expect(changes).toEqual({ threshold: 0.35, enabled: false })
    expect(alertRulePatch.parse(changes)).toEqual(changes)
  })

  it.each(alertKinds)('offers a new rule of kind %s that the admin API takes', (kind) => {
    expect(
      alertRuleInput.safeParse({ kind, ...ruleBody({ ...newRule(kind), name: 'new' }) }).error,
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
