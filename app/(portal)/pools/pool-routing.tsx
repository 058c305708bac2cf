'use client'

import { useTranslations } from 'next-intl'
import { Choice } from '@/components/ui/checkbox'
import { Field, SelectField } from '@/components/ui/field'
import type { PoolChoice, PoolFieldsProps } from './pool-form'

/** Which key serves beyond the strategy: of a conversation, standby keys, another pool, or none at once. */
export function PoolRouting({ draft, change, errorOf, pools }: PoolFieldsProps & { pools: PoolChoice[] }) {
  const t = useTranslations('pools')
  return (
    <>
      <Choice
        look="switch"
        label={t('sticky')}
        hint={t('stickyHint')}
        checked={draft.stickiness === 'conversation'}
        onChange={(event) => change({ stickiness: event.target.checked ? 'conversation' : 'none' })}
      />
      <SelectField
        label={t('fallback')}
        hint={t('fallbackHint')}
        value={draft.fallbackPoolId ?? ''}
        onChange={(event) => change({ fallbackPoolId: event.target.value || null })}
        error={errorOf('fallback_pool_id')}
        options={[
          { value: '', label: t('noFallback') },
          ...pools.map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t('standbyPercent')}
          hint={t('standbyPercentHint')}
          type="number"
          inputMode="numeric"
          min={0}
          max={100}
          step={1}
          value={draft.standbyPercent}
          onChange={(event) => change({ standbyPercent: event.target.value })}
          error={errorOf('standby_percent')}
          required
        />
        <Field
          label={t('waitSeconds')}
          hint={t('waitSecondsHint')}
          type="number"
          inputMode="numeric"
          min={0}
          max={60}
          step={1}
          value={draft.waitSeconds}
          onChange={(event) => change({ waitSeconds: event.target.value })}
          error={errorOf('wait_seconds')}
          required
        />
      </div>
    </>
  )
}
