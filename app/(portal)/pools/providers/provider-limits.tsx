'use client'

import { useTranslations } from 'next-intl'
import { Field, FieldFrame, TextareaField } from '@/components/ui/field'
import { TokenInput } from '@/components/ui/token-input'
import type { ProviderDraft } from './provider-draft'

/** What a preset fills in and few people change: models, timeouts, retries, headers, prices. */
export function ProviderLimits({
  draft,
  change,
  errorOf,
}: {
  draft: ProviderDraft
  change: (changes: Partial<ProviderDraft>) => void
  errorOf: (field: string) => string | undefined
}) {
  const t = useTranslations('providers')
  const seconds = { type: 'number', min: 0.001, max: 86_400, step: 'any', required: true } as const
  return (
    <>
      <FieldFrame label={t('models')} hint={t('modelsHint')} error={errorOf('model_patterns')}>
        {(control) => (
          <TokenInput
            {...control}
            values={draft.modelPatterns}
            onChange={(modelPatterns) => change({ modelPatterns })}
            placeholder="gpt-*"
          />
        )}
      </FieldFrame>
      <fieldset className="grid gap-4 sm:grid-cols-3">
        <legend className="mb-2 text-sm font-medium">{t('timeoutsSeconds')}</legend>
        <Field
          {...seconds}
          label={t('firstByte')}
          hint={t('firstByteHint')}
          value={draft.firstByte}
          onChange={(event) => change({ firstByte: event.target.value })}
          error={errorOf('first_byte_timeout_ms')}
        />
        <Field
          {...seconds}
          label={t('idle')}
          hint={t('idleHint')}
          value={draft.idle}
          onChange={(event) => change({ idle: event.target.value })}
          error={errorOf('idle_timeout_ms')}
        />
        <Field
          {...seconds}
          label={t('total')}
          hint={t('totalHint')}
          value={draft.total}
          onChange={(event) => change({ total: event.target.value })}
          error={errorOf('total_timeout_ms')}
        />
      </fieldset>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field
          label={t('maxRetries')}
          hint={t('maxRetriesHint')}
          type="number"
          min={0}
          max={10}
          step={1}
          value={draft.maxRetries}
          onChange={(event) => change({ maxRetries: event.target.value })}
          error={errorOf('max_retries')}
          required
        />
        <Field
          label={t('priority')}
          hint={t('priorityHint')}
          type="number"
          min={0}
          max={10_000}
          step={1}
          value={draft.priority}
          onChange={(event) => change({ priority: event.target.value })}
          error={errorOf('priority')}
          required
        />
        <Field
          label={t('priceProvider')}
          hint={t('priceProviderHint')}
          value={draft.priceProvider}
          onChange={(event) => change({ priceProvider: event.target.value.toLowerCase() })}
          error={errorOf('price_provider')}
          maxLength={64}
          spellCheck={false}
        />
      </div>
      <TextareaField
        label={t('headers')}
        hint={t('headersHint')}
        value={draft.headers}
        onChange={(event) => change({ headers: event.target.value })}
        error={errorOf('headers')}
        rows={2}
        spellCheck={false}
      />
    </>
  )
}
