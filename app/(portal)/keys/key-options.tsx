'use client'

import { useTranslations } from 'next-intl'
import { useId } from 'react'
import { BudgetsField } from '@/components/limits/budgets-field'
import { LimitsFields } from '@/components/limits/limits-fields'
import { Choice } from '@/components/ui/checkbox'
import { Details } from '@/components/ui/details'
import { Field, FieldFrame, SelectField } from '@/components/ui/field'
import { TokenInput } from '@/components/ui/token-input'
import type { KeyDraft } from './key-draft'
import type { FieldsProps, KeyChoices } from './key-form'

export type PoolChoice = { slug: string; name: string; environment: string }

/** Everything about a key that has a sensible default. */
export function KeyOptions({
  draft,
  change,
  errorOf,
  choices,
  models,
}: FieldsProps & { choices: KeyChoices; models: string[] }) {
  const t = useTranslations('keyForm')
  const list = useId()
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t('environment')}
          hint={t('environmentHint')}
          value={draft.environment}
          onChange={(event) => change({ environment: event.target.value.toLowerCase(), pools: [] })}
          error={errorOf('environment')}
          list={`${list}-environments`}
          maxLength={63}
          required
        />
        <SelectField
          label={t('status')}
          hint={draft.status === 'standby' ? t('standbyHint') : undefined}
          value={draft.status}
          onChange={(event) => change({ status: event.target.value as KeyDraft['status'] })}
          options={[
            { value: 'active', label: t('active') },
            { value: 'standby', label: t('standby') },
            { value: 'disabled', label: t('disabled') },
          ]}
        />
        <Field
          label={t('weight')}
          hint={t('weightHint')}
          type="number"
          min={1}
          max={1000}
          step={1}
          value={draft.weight}
          onChange={(event) => change({ weight: event.target.value })}
          error={errorOf('weight')}
          required
        />
        <Field
          label={t('tier')}
          hint={t('tierHint')}
          type="number"
          min={1}
          max={100}
          step={1}
          value={draft.tier}
          onChange={(event) => change({ tier: event.target.value })}
          error={errorOf('tier')}
          required
        />
        <div className="sm:col-span-2">
          <Field
            label={t('owner')}
            hint={t('ownerHint')}
            value={draft.owner}
            onChange={(event) => change({ owner: event.target.value })}
            error={errorOf('owner')}
            list={`${list}-owners`}
            maxLength={100}
          />
        </div>
      </div>
      <Suggestions id={`${list}-environments`} texts={choices.environments} />
      <Suggestions id={`${list}-owners`} texts={choices.owners} />
      <FieldFrame label={t('tags')} hint={t('tagsHint')} error={errorOf('tags')}>
        {(control) => (
          <TokenInput
            {...control}
            values={draft.tags}
            onChange={(tags) => change({ tags })}
            suggestions={choices.tags}
          />
        )}
      </FieldFrame>
      <FieldFrame label={t('allowedModels')} hint={t('allowedModelsHint')} error={errorOf('allowed_models')}>
        {(control) => (
          <TokenInput
            {...control}
            values={draft.allowedModels}
            onChange={(allowedModels) => change({ allowedModels })}
            placeholder={t('everyModel')}
            suggestions={models}
          />
        )}
      </FieldFrame>
      <Pools draft={draft} change={change} pools={choices.pools} error={errorOf('pools')} />
      <Details title={t('limitsAndBudgets')} open={['limits', 'budgets'].some(errorOf)}>
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

function Suggestions({ id, texts }: { id: string; texts: string[] }) {
  return (
    <datalist id={id}>
      {texts.map((text) => (
        <option key={text} value={text} />
      ))}
    </datalist>
  )
}

function Pools({
  draft,
  change,
  pools,
  error,
}: Pick<FieldsProps, 'draft' | 'change'> & { pools: PoolChoice[]; error: string | undefined }) {
  const t = useTranslations('keyForm')
  const possible = pools.filter((pool) => pool.environment === draft.environment)
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 text-sm font-medium">{t('pools')}</legend>
      <p className={`text-sm ${error ? 'text-destructive' : 'text-muted-foreground'}`}>
        {error ?? t('poolsHint')}
      </p>
      {possible.map((pool) => (
        <Choice
          key={pool.slug}
          label={pool.name === pool.slug ? pool.name : `${pool.name} (${pool.slug})`}
          checked={draft.pools.includes(pool.slug)}
          onChange={(event) =>
            change({
              pools: event.target.checked
                ? [...draft.pools, pool.slug]
                : draft.pools.filter((slug) => slug !== pool.slug),
            })
          }
        />
      ))}
    </fieldset>
  )
}
