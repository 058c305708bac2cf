'use client'

import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { FormFooter, useSave } from '@/components/form-parts'
import { BudgetsField } from '@/components/limits/budgets-field'
import { LimitsFields } from '@/components/limits/limits-fields'
import { Details } from '@/components/ui/details'
import { Field } from '@/components/ui/field'
import { RadioList } from '@/components/ui/radio-list'
import type { PoolView } from './pool-card'
import { draftOfPool, type PoolDraft, poolBody, poolChanges, slugFrom, strategies } from './pool-draft'
import { PoolKeysField } from './pool-keys-field'
import { PoolModels } from './pool-models'
import { PoolRouting } from './pool-routing'
import { useStrategyWords } from './strategy-words'

export type PoolKeyChoice = {
  id: string
  name: string
  provider: string
  environment: string
  weight: number
  tier: number
}
export type PoolChoice = { id: string; name: string; environment: string }
export type PoolFieldsProps = {
  draft: PoolDraft
  change: (changes: Partial<PoolDraft>) => void
  errorOf: (field: string) => string | undefined
}

export function PoolForm({
  keys,
  pools,
  edited,
  onClose,
}: {
  keys: PoolKeyChoice[]
  pools: PoolChoice[]
  edited: PoolView | undefined
  onClose: () => void
}) {
  const t = useTranslations('pools')
  const words = useStrategyWords()
  const [draft, setDraft] = useState(() => draftOfPool(edited))
  const { pending, error, errorOf, save } = useSave(onClose)
  const change = (changes: Partial<PoolDraft>) => setDraft((before) => ({ ...before, ...changes }))
  const fields: PoolFieldsProps = { draft, change, errorOf }
  const isDefault = edited?.defaultForProvider != null

  function submit(event: FormEvent) {
    event.preventDefault()
    const name = draft.name || draft.slug
    if (edited) save('PATCH', `/pools/${edited.id}`, poolChanges(draft, edited), t('changed', { name }))
    else save('POST', '/pools', poolBody(draft), t('added', { name }))
  }

  return (
    <form onSubmit={submit} className="grid gap-6">
      <Names {...fields} isDefault={isDefault} isNew={!edited} />
      <PoolKeysField
        members={draft.keys}
        onChange={(members) => change({ keys: members })}
        keys={keys.filter((key) => key.environment === draft.environment)}
        fixed={isDefault}
        withTiers={draft.strategy === 'priority'}
        error={errorOf('keys')}
      />
      <RadioList
        label={t('strategy')}
        value={draft.strategy}
        onChange={(strategy) => change({ strategy })}
        options={strategies.map((value) => ({ value, label: words[value].name, hint: words[value].text }))}
      />
      <Details
        title={t('routing')}
        open={['stickiness', 'standby_percent', 'fallback_pool_id', 'wait_seconds'].some(errorOf)}
      >
        <PoolRouting
          {...fields}
          pools={pools.filter(
            ({ id, environment }) => id !== edited?.id && environment === draft.environment,
          )}
        />
      </Details>
      <Details
        title={t('modelsAndTenants')}
        open={['allowed_models', 'tenant_scope', 'model_priority'].some(errorOf)}
      >
        <PoolModels {...fields} />
      </Details>
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
      <FormFooter pending={pending} error={error} onCancel={onClose} />
    </form>
  )
}

function Names({
  draft,
  change,
  errorOf,
  isDefault,
  isNew,
}: PoolFieldsProps & { isDefault: boolean; isNew: boolean }) {
  const t = useTranslations('pools')

  function rename(name: string) {
    const followed = isNew && draft.slug === slugFrom(draft.name)
    change(followed ? { name, slug: slugFrom(name) } : { name })
  }

  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t('name')}
          value={draft.name}
          onChange={(event) => rename(event.target.value)}
          error={errorOf('name')}
          maxLength={100}
          required
        />
        <Field
          label={t('slug')}
          hint={t('slugHint')}
          value={draft.slug}
          onChange={(event) => change({ slug: event.target.value.toLowerCase() })}
          error={errorOf('slug')}
          maxLength={63}
          spellCheck={false}
          required
        />
      </div>
      <Field
        label={t('environment')}
        hint={isDefault ? t('defaultFixed') : t('environmentHint')}
        value={draft.environment}
        disabled={isDefault}
        onChange={(event) =>
          change({ environment: event.target.value.toLowerCase(), keys: [], fallbackPoolId: null })
        }
        error={errorOf('environment')}
        maxLength={63}
        required
      />
    </>
  )
}
