'use client'

import { useTranslations } from 'next-intl'
import { Field } from '../ui/field'
import { type LimitsDraft, limitKinds } from './limit-draft'

const most = { rpm: 1_000_000, tpm: 1_000_000_000, concurrency: 100_000 }

/** Requests and tokens a minute, and calls at the same time; empty is no limit. */
export function LimitsFields({
  draft,
  onChange,
  hint,
  error,
}: {
  draft: LimitsDraft
  onChange: (draft: LimitsDraft) => void
  hint: string
  error: string | undefined
}) {
  const t = useTranslations('limits')
  const labels = { rpm: t('rpm'), tpm: t('tpm'), concurrency: t('concurrency') }
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 text-sm font-medium">{t('limits')}</legend>
      <p className={`text-sm ${error ? 'text-destructive' : 'text-muted-foreground'}`}>{error ?? hint}</p>
      <div className="grid gap-4 sm:grid-cols-3">
        {limitKinds.map((kind) => (
          <Field
            key={kind}
            label={labels[kind]}
            type="number"
            inputMode="numeric"
            min={1}
            max={most[kind]}
            step={1}
            placeholder={t('none')}
            value={draft[kind]}
            onChange={(event) => onChange({ ...draft, [kind]: event.target.value })}
          />
        ))}
      </div>
    </fieldset>
  )
}
