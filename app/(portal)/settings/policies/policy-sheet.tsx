'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type FormEvent, useId, useState } from 'react'
import { useAddressFlag } from '@/components/address-flag'
import { FormFooter, useSave } from '@/components/form-parts'
import { BudgetsField } from '@/components/limits/budgets-field'
import { LimitsFields } from '@/components/limits/limits-fields'
import { useScopeWords } from '@/components/limits/scope-words'
import { Button } from '@/components/ui/button'
import { Field, FieldFrame, SelectField } from '@/components/ui/field'
import { Sheet } from '@/components/ui/sheet'
import { TokenInput } from '@/components/ui/token-input'
import {
  draftOfPolicy,
  type EditedPolicy,
  type PolicyDraft,
  type PolicyScope,
  policyBody,
  policyPath,
  policyScopes,
} from './policy-draft'
import { usePolicyScopes } from './policy-scopes'

/** Names that apps use, by scope: offered, others can be typed. */
export type PolicyNames = Record<Exclude<PolicyScope, 'global'>, string[]>

export function AddPolicy() {
  const t = useTranslations('policies')
  const [, open] = useAddressFlag('edit')
  return (
    <Button onClick={() => open('new')}>
      <Plus aria-hidden="true" />
      {t('add')}
    </Button>
  )
}

export function EditPolicy({ scope, id }: { scope: PolicyScope; id: string }) {
  const t = useTranslations('policies')
  const words = useScopeWords()
  const [, open] = useAddressFlag('edit')
  return (
    <Button
      look="secondary"
      size="sm"
      aria-label={t('editTitle', { what: words(scope, id) })}
      onClick={() => open(`${scope}/${id}`)}
    >
      {t('edit')}
    </Button>
  )
}

/** The form of the policy that the address names: `?edit=new` or `?edit=<scope>/<name>`. */
export function PolicySheet({ policies, names }: { policies: EditedPolicy[]; names: PolicyNames }) {
  const t = useTranslations('policies')
  const words = useScopeWords()
  const [wanted, set] = useAddressFlag('edit')
  const edited = policies.find(({ scope, id }) => `${scope}/${id}` === wanted)
  const close = () => set(null)
  return (
    <Sheet
      size="lg"
      open={wanted === 'new' || edited !== undefined}
      onOpenChange={(open) => !open && close()}
      title={edited ? t('editTitle', { what: words(edited.scope, edited.id) }) : t('addTitle')}
      description={t('addText')}
    >
      <PolicyForm edited={edited} names={names} onClose={close} />
    </Sheet>
  )
}

function PolicyForm({
  edited,
  names,
  onClose,
}: {
  edited: EditedPolicy | undefined
  names: PolicyNames
  onClose: () => void
}) {
  const t = useTranslations('policies')
  const words = useScopeWords()
  const [draft, setDraft] = useState(() => draftOfPolicy(edited))
  const { pending, error, errorOf, save } = useSave(onClose)
  const change = (changes: Partial<PolicyDraft>) => setDraft((before) => ({ ...before, ...changes }))

  function submit(event: FormEvent) {
    event.preventDefault()
    const what = words(draft.scope, draft.name.trim())
    save('PUT', policyPath(draft), policyBody(draft), t('saved', { what }))
  }

  return (
    <form onSubmit={submit} className="grid gap-6">
      {!edited && <Target draft={draft} change={change} names={names} error={errorOf('id')} />}
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
      <FieldFrame label={t('models')} hint={t('modelsHint')} error={errorOf('allowed_models')}>
        {(control) => (
          <TokenInput
            {...control}
            values={draft.allowedModels}
            onChange={(allowedModels) => change({ allowedModels })}
            placeholder={t('everyModel')}
          />
        )}
      </FieldFrame>
      <FormFooter pending={pending} error={error} onCancel={onClose} />
    </form>
  )
}

/** What the policy is for; it stays so. */
function Target({
  draft: { scope, name },
  change,
  names,
  error,
}: {
  draft: PolicyDraft
  change: (changes: Partial<PolicyDraft>) => void
  names: PolicyNames
  error: string | undefined
}) {
  const t = useTranslations('policies')
  const list = useId()
  const scopes = usePolicyScopes()
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label={t('scope')}
        value={scope}
        onChange={(event) => change({ scope: event.target.value as PolicyScope, name: '' })}
        options={policyScopes.map((value) => ({ value, label: scopes[value] }))}
      />
      {scope !== 'global' && (
        <div>
          <Field
            label={t('name')}
            list={list}
            value={name}
            onChange={(event) => change({ name: event.target.value })}
            error={error}
            maxLength={64}
            autoComplete="off"
            spellCheck={false}
            required
          />
          <datalist id={list}>
            {names[scope].map((value) => (
              <option key={value} value={value} />
            ))}
          </datalist>
        </div>
      )}
    </div>
  )
}
