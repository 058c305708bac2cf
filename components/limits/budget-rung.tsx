'use client'

import { X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { IconButton } from '../ui/button'
import { Field, FieldFrame, SelectField } from '../ui/field'
import { TokenInput } from '../ui/token-input'
import { type RungAction, type RungDraft, rungActions } from './limit-draft'
import { useRungWords } from './rung-words'

/** From which share of the budget on what happens. */
export function BudgetRung({
  rung,
  number,
  onChange,
  onRemove,
}: {
  rung: RungDraft
  number: number
  onChange: (rung: RungDraft) => void
  onRemove: () => void
}) {
  const t = useTranslations('limits')
  const words = useRungWords()
  const hints = {
    notify: t('notifyHint'),
    downgrade: t('downgradeHint'),
    economy: t('economyHint'),
    throttle: t('throttleHint'),
    stop: t('stopHint'),
  }
  const name = t('rung', { number })
  return (
    <fieldset className="grid gap-2 border-l-2 pl-3">
      <legend className="sr-only">{name}</legend>
      <div className="grid grid-cols-[5.5rem_minmax(0,1fr)_auto] items-end gap-2">
        <Field
          label={t('at')}
          type="number"
          inputMode="decimal"
          min={0}
          max={100}
          step="any"
          value={rung.percent}
          onChange={(event) => onChange({ ...rung, percent: event.target.value })}
          required
        />
        <SelectField
          label={t('action')}
          value={rung.action}
          onChange={(event) => onChange({ ...rung, action: event.target.value as RungAction })}
          options={rungActions.map((value) => ({ value, label: words[value] }))}
        />
        <IconButton label={t('removeNamed', { name })} onClick={onRemove}>
          <X aria-hidden="true" />
        </IconButton>
      </div>
      <p className="text-sm text-muted-foreground">{hints[rung.action]}</p>
      {rung.action === 'throttle' && (
        <div className="w-48">
          <Field
            label={t('rpm')}
            type="number"
            inputMode="numeric"
            min={1}
            max={1_000_000}
            step={1}
            value={rung.rpm}
            onChange={(event) => onChange({ ...rung, rpm: event.target.value })}
            required
          />
        </div>
      )}
      {rung.action === 'economy' && (
        <FieldFrame label={t('models')} hint={t('modelsHint')}>
          {(control) => (
            <TokenInput
              {...control}
              values={rung.models}
              onChange={(models) => onChange({ ...rung, models })}
            />
          )}
        </FieldFrame>
      )}
    </fieldset>
  )
}
