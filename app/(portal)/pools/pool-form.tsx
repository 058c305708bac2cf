'use client'

import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { Field, FieldFrame } from '@/components/ui/field'
import { TokenInput } from '@/components/ui/token-input'
import { FormFooter, useSave } from './form-parts'
import type { PoolView } from './pool-card'
import { draftOfPool, emptyPool, type PoolDraft, poolBody, poolChanges, slugFrom } from './pool-draft'
import { PoolKeysField } from './pool-keys-field'

export type PoolKeyChoice = {
  id: string
  name: string
  provider: string
  environment: string
  weight: number
}

export function PoolForm({
  keys,
  edited,
  onClose,
}: {
  keys: PoolKeyChoice[]
  edited: PoolView | undefined
  onClose: () => void
}) {
  const t = useTranslations('pools')
  const [draft, setDraft] = useState<PoolDraft>(() => (edited ? draftOfPool(edited) : emptyPool))
  const { pending, error, errorOf, save } = useSave(onClose)
  const change = (changes: Partial<PoolDraft>) => setDraft({ ...draft, ...changes })
  const isDefault = edited?.defaultForProvider != null

  function submit(event: FormEvent) {
    event.preventDefault()
    const name = draft.name || draft.slug
    if (edited) save('PATCH', `/pools/${edited.id}`, poolChanges(draft, edited), t('changed', { name }))
    else save('POST', '/pools', poolBody(draft), t('added', { name }))
  }

  function rename(name: string) {
    const followed = !edited && draft.slug === slugFrom(draft.name)
    change(followed ? { name, slug: slugFrom(name) } : { name })
  }

  return (
    <form onSubmit={submit} className="grid gap-5">
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
        onChange={(event) => change({ environment: event.target.value.toLowerCase(), keys: [] })}
        error={errorOf('environment')}
        maxLength={63}
        required
      />
      <PoolKeysField
        members={draft.keys}
        onChange={(members) => change({ keys: members })}
        keys={keys.filter((key) => key.environment === draft.environment)}
        fixed={isDefault}
        error={errorOf('keys')}
      />
      <FieldFrame label={t('allowedModels')} hint={t('allowedModelsHint')} error={errorOf('allowed_models')}>
        {(control) => (
          <TokenInput
            {...control}
            values={draft.allowedModels}
            onChange={(allowedModels) => change({ allowedModels })}
            placeholder={t('everyModel')}
          />
        )}
      </FieldFrame>
      <FieldFrame label={t('tenantScope')} hint={t('tenantScopeHint')} error={errorOf('tenant_scope')}>
        {(control) => (
          <TokenInput
            {...control}
            values={draft.tenantScope}
            onChange={(tenantScope) => change({ tenantScope })}
            placeholder={t('everyTenant')}
          />
        )}
      </FieldFrame>
      <FormFooter pending={pending} error={error} onCancel={onClose} />
    </form>
  )
}
