'use client'

import { useTranslations } from 'next-intl'
import { useId } from 'react'
import { Field } from '@/components/ui/field'
import type { KeyDraft } from './key-draft'
import type { FieldsProps } from './key-form'

/** The secret, typed or named: a reference is read by the gateway where it runs. */
export function SecretFields({ draft, change, errorOf, editing }: FieldsProps & { editing: boolean }) {
  const t = useTranslations('keyForm')
  const name = useId()
  const kinds: [KeyDraft['secretKind'], string][] = [
    ['typed', t('typed')],
    ['reference', t('reference')],
  ]
  return (
    <div className="grid gap-3">
      <fieldset className="flex flex-wrap gap-x-5 gap-y-2">
        <legend className="mb-1.5 text-sm font-medium">{t('secretFrom')}</legend>
        {kinds.map(([kind, label]) => (
          <label key={kind} className="flex items-center gap-2 text-sm">
            <input
              type="radio"
              name={name}
              checked={draft.secretKind === kind}
              onChange={() => change({ secretKind: kind })}
              className="size-4 accent-primary"
            />
            {label}
          </label>
        ))}
      </fieldset>
      {draft.secretKind === 'typed' ? (
        <Field
          label={t('secret')}
          type="password"
          autoComplete="off"
          spellCheck={false}
          value={draft.secret}
          onChange={(event) => change({ secret: event.target.value })}
          hint={editing ? t('secretUnchanged') : t('secretHint')}
          error={errorOf('secret')}
          maxLength={8192}
          required={!editing}
        />
      ) : (
        <Field
          label={t('secretRef')}
          value={draft.secretRef}
          onChange={(event) => change({ secretRef: event.target.value })}
          hint={t('secretRefHint')}
          error={errorOf('secret_ref')}
          placeholder="env:AKCP_SECRET_OPENAI"
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          required
        />
      )}
    </div>
  )
}
