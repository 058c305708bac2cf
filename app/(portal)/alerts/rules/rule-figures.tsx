'use client'

import { useTranslations } from 'next-intl'
import { Field, SelectField } from '@/components/ui/field'
import { type RuleScope, ruleFields } from './rule-draft'
import type { FieldsProps } from './rule-sheet'
import { useSubjectWords } from './rule-words'

/** The figures that rules of the kind have: threshold, window, how many there must be, and what is compared. */
export function RuleFigures({ draft, change, errorOf }: FieldsProps) {
  const t = useTranslations('alertRules')
  const subjects = useSubjectWords()
  const { threshold, window, minCount, by } = ruleFields[draft.kind]
  const thresholds = {
    percent: t('percent'),
    times: t('times'),
    hours: t('hours'),
    days: t('days'),
    usd: t('usd'),
  }
  const counts = { calls: t('minCalls'), keys: t('minKeys'), runs: t('minRuns') }
  const hints: Partial<Record<typeof draft.kind, string>> = {
    budget: t('budgetHint'),
    burn_rate: t('burnRateHint'),
    balance_low: t('balanceHint'),
    key_down: t('keyDownHint'),
  }
  if (!threshold && !window && !minCount) return null
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {by && (
        <SelectField
          label={t('by')}
          value={draft.scope.by ?? by[0]}
          onChange={(event) => {
            const chosen = event.target.value as NonNullable<RuleScope['by']>
            change({ scope: { ...draft.scope, by: chosen }, actions: [] })
          }}
          error={errorOf('scope')}
          options={by.map((value) => ({ value, label: subjects[value] }))}
        />
      )}
      {threshold && (
        <Field
          label={thresholds[threshold]}
          hint={hints[draft.kind]}
          type="number"
          inputMode="decimal"
          min={0}
          max={threshold === 'percent' ? 100 : 1_000_000}
          step="any"
          value={draft.threshold}
          onChange={(event) => change({ threshold: event.target.value })}
          error={errorOf('threshold')}
          required
        />
      )}
      {window && (
        <Field
          label={t('window')}
          hint={threshold ? undefined : hints[draft.kind]}
          type="number"
          inputMode="numeric"
          min={1}
          max={1440}
          step={1}
          value={draft.windowMinutes}
          onChange={(event) => change({ windowMinutes: event.target.value })}
          error={errorOf('window_minutes')}
          required
        />
      )}
      {minCount && (
        <Field
          label={counts[minCount]}
          type="number"
          inputMode="numeric"
          min={0}
          max={1_000_000}
          step={1}
          value={draft.minCount}
          onChange={(event) => change({ minCount: event.target.value })}
          error={errorOf('min_count')}
          required
        />
      )}
    </div>
  )
}
