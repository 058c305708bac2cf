import { expect, test } from 'vitest'
import {
  type Budget,
  budgetsBody,
  draftOfBudgets,
  draftOfLimits,
  limitsBody,
  newBudget,
} from '@/components/limits/limit-draft'
import { budgetsField, limitsField } from '@/lib/schemas/limits'

test('a limit left empty is none, and the admin API takes what is sent', () => {
  const limits = { rpm: 60, tpm: null, concurrency: 5 }
  expect(limitsBody(draftOfLimits(limits))).toEqual(limits)
  expect(limitsBody({ rpm: ' 60 ', tpm: ' ', concurrency: '5' })).toEqual(limits)
  expect(limitsField.parse(limitsBody(draftOfLimits(limits)))).toEqual(limits)
})

test('budgets come back as they were, with every kind of step', () => {
  const budgets: Budget[] = [
    {
      period: 'day',
      limit_usd: 0.05,
      hard: true,
      ladder: [
        { at: 0.57, action: 'notify', rpm: null, models: [] },
        { at: 0.8, action: 'downgrade', rpm: null, models: [] },
        { at: 0.9, action: 'economy', rpm: null, models: ['gpt-4o-mini'] },
        { at: 0.95, action: 'throttle', rpm: 30, models: [] },
        { at: 1, action: 'stop', rpm: null, models: [] },
      ],
    },
    { period: 'month', limit_usd: 1000, hard: false, ladder: [] },
  ]
  const drafts = draftOfBudgets(budgets)
  expect(drafts[0]?.rungs.map(({ percent }) => percent)).toEqual(['57', '80', '90', '95', '100'])
  expect(budgetsBody(drafts)).toEqual(budgets)
  expect(budgetsField.safeParse(budgetsBody(drafts)).success).toBe(true)
})

test('a step sends only what belongs to its action', () => {
  const draft = { ...newBudget('month'), limit: '20' }
  const [first] = draft.rungs
  if (!first) throw new Error('a new budget notifies')
  const changed = { ...first, models: ['a'], rpm: '7' }
  const ladder = (action: 'economy' | 'throttle' | 'stop') =>
    budgetsBody([{ ...draft, rungs: [{ ...changed, action }] }])[0]?.ladder
  expect(ladder('economy')).toEqual([{ at: 0.8, action: 'economy', rpm: null, models: ['a'] }])
  expect(ladder('throttle')).toEqual([{ at: 0.8, action: 'throttle', rpm: 7, models: [] }])
  expect(ladder('stop')).toEqual([{ at: 0.8, action: 'stop', rpm: null, models: [] }])
})
