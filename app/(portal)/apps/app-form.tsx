'use client'

import { useLocale, useTranslations } from 'next-intl'
import { type FormEvent, useId, useState } from 'react'
import { ErrorNotice, useErrorText } from '@/components/admin-error'
import { type AdminError, callAdmin } from '@/components/call-admin'
import { BudgetsField } from '@/components/limits/budgets-field'
import { LimitsFields } from '@/components/limits/limits-fields'
import { Button } from '@/components/ui/button'
import { Details } from '@/components/ui/details'
import { Field, FieldFrame } from '@/components/ui/field'
import { TokenInput } from '@/components/ui/token-input'
import type { AppChoices } from './app-choices'
import { type AppDraft, appBody, appChanges, draftOf, type EditedApp, emptyDraft } from './app-draft'
import { AppOptions } from './app-options'

export type SavedApp = { id: string; name: string }

export type FieldsProps = {
  draft: AppDraft
  change: (changes: Partial<AppDraft>) => void
  choices: AppChoices
  /** What the last answer said about a field of the API. */
  errorOf: (name: string) => string | undefined
}

/** Adds an app or, with `edited`, changes one. */
export function AppForm({
  choices,
  edited,
  onSaved,
  onCancel,
}: {
  choices: AppChoices
  edited?: EditedApp
  onSaved: (app: SavedApp) => void
  onCancel: () => void
}) {
  const t = useTranslations('appForm')
  const language = useLocale() === 'zh-CN' ? 'zh' : 'en'
  const [draft, setDraft] = useState(() => (edited ? draftOf(edited) : emptyDraft(language)))
  const [error, setError] = useState<AdminError>()
  const { aboutField } = useErrorText()
  const [saving, setSaving] = useState(false)
  const fields: FieldsProps = {
    draft,
    choices,
    change: (changes) => setDraft((before) => ({ ...before, ...changes })),
    errorOf: (name) => aboutField(error, name),
  }

  async function save(event: FormEvent) {
    event.preventDefault()
    if (saving) return
    setSaving(true)
    const result = edited
      ? await callAdmin<SavedApp>('PATCH', `/apps/${edited.id}`, appChanges(draft, edited))
      : await callAdmin<SavedApp>('POST', '/apps', appBody(draft))
    setSaving(false)
    if (result.ok) onSaved(result.data)
    else setError(result.error)
  }

  return (
    <form onSubmit={save} className="grid gap-6" autoComplete="off">
      <MainFields {...fields} />
      <Details
        title={t('limitsAndBudgets')}
        open={edited !== undefined || ['limits', 'budgets'].some(fields.errorOf)}
      >
        <LimitsFields
          draft={draft.limits}
          onChange={(limits) => fields.change({ limits })}
          hint={t('limitsHint')}
          error={fields.errorOf('limits')}
        />
        <BudgetsField
          drafts={draft.budgets}
          onChange={(budgets) => fields.change({ budgets })}
          hint={t('budgetsHint')}
          error={fields.errorOf('budgets')}
        />
      </Details>
      <AppOptions {...fields} initiallyOpen={edited !== undefined} />
      {error && <ErrorNotice error={error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onCancel}>
          {t('cancel')}
        </Button>
        <Button type="submit" pending={saving}>
          {edited ? t('save') : t('create')}
        </Button>
      </div>
    </form>
  )
}

function MainFields({ draft, change, choices, errorOf }: FieldsProps) {
  const t = useTranslations('appForm')
  const list = useId()
  return (
    <>
      <Field
        label={t('name')}
        hint={t('nameHint')}
        value={draft.name}
        onChange={(event) => change({ name: event.target.value })}
        error={errorOf('name')}
        maxLength={64}
        required
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t('tenant')}
          hint={t('tenantHint')}
          value={draft.tenant}
          onChange={(event) => change({ tenant: event.target.value })}
          error={errorOf('tenant')}
          maxLength={64}
          required
        />
        <Field
          label={t('project')}
          hint={t('projectHint')}
          value={draft.project}
          onChange={(event) => change({ project: event.target.value })}
          error={errorOf('project')}
          maxLength={64}
          required
        />
        <Field
          label={t('environment')}
          hint={t('environmentHint')}
          value={draft.environment}
          onChange={(event) => change({ environment: event.target.value.toLowerCase() })}
          error={errorOf('environment')}
          list={list}
          maxLength={63}
          required
        />
        <Field
          label={t('owner')}
          hint={t('ownerHint')}
          type="email"
          value={draft.ownerEmail}
          onChange={(event) => change({ ownerEmail: event.target.value })}
          error={errorOf('owner_email')}
          maxLength={254}
        />
      </div>
      <datalist id={list}>
        {choices.environments.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <FieldFrame label={t('allowedModels')} hint={t('allowedModelsHint')} error={errorOf('allowed_models')}>
        {(control) => (
          <TokenInput
            {...control}
            values={draft.allowedModels}
            onChange={(allowedModels) => change({ allowedModels })}
            placeholder={t('everyModel')}
            suggestions={choices.models}
          />
        )}
      </FieldFrame>
    </>
  )
}
