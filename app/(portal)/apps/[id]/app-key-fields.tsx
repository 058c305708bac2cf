'use client'

import { useTranslations } from 'next-intl'
import { BudgetsField } from '@/components/limits/budgets-field'
import { LimitsFields } from '@/components/limits/limits-fields'
import { Details } from '@/components/ui/details'
import { Field, FieldFrame, SelectField } from '@/components/ui/field'
import { TokenInput } from '@/components/ui/token-input'
import type { AppKeyDraft } from './app-key-draft'

/** What can be said about an app key; when it expires is said when it is issued. */
export function AppKeyFields({
  draft,
  change,
  errorOf,
  models,
  isNew,
}: {
  draft: AppKeyDraft
  change: (changes: Partial<AppKeyDraft>) => void
  errorOf: (field: string) => string | undefined
  models: string[]
  isNew: boolean
}) {
  const t = useTranslations('issueKey')
  return (
    <>
      <Field
        label={t('name')}
        hint={t('nameHint')}
        value={draft.name}
        onChange={(event) => change({ name: event.target.value })}
        error={errorOf('name')}
        maxLength={100}
        required
      />
      {isNew && (
        <SelectField
          label={t('expires')}
          hint={t('expiresHint')}
          value={draft.days}
          onChange={(event) => change({ days: event.target.value })}
          error={errorOf('expires_at')}
          options={[
            { value: '0', label: t('never') },
            ...[7, 30, 90, 365].map((count) => ({ value: String(count), label: t('days', { count }) })),
          ]}
        />
      )}
      <FieldFrame label={t('models')} hint={t('modelsHint')} error={errorOf('allowed_models')}>
        {(control) => (
          <TokenInput
            {...control}
            values={draft.allowedModels}
            onChange={(allowedModels) => change({ allowedModels })}
            placeholder={t('sameAsApp')}
            suggestions={models}
          />
        )}
      </FieldFrame>
      <Details title={t('limitsAndBudgets')} open={!isNew || ['limits', 'budgets'].some(errorOf)}>
        <LimitsFields
          draft={draft.limits}
          onChange={(limits) => change({ limits })}
          hint={t('limitsHint')}
          error={errorOf('limits')}
        />
        <BudgetsField
          drafts={draft.budgets}
          onChange={(budgets) => change({ budgets })}
          hint={t('budgetsHint')}
          error={errorOf('budgets')}
        />
      </Details>
    </>
  )
}
