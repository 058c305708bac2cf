'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button } from '../ui/button'
import { Choice } from '../ui/checkbox'
import { Field } from '../ui/field'
import { BudgetRung } from './budget-rung'
import { type BudgetDraft, newBudget, newRung, type Period, periods, type RungDraft } from './limit-draft'

/** At most one budget a day and one a month, each with what happens on the way to its limit. */
export function BudgetsField({
  drafts,
  onChange,
  hint,
  error,
}: {
  drafts: BudgetDraft[]
  onChange: (drafts: BudgetDraft[]) => void
  hint: string
  error: string | undefined
}) {
  const t = useTranslations('limits')
  const add: Record<Period, string> = { day: t('addDay'), month: t('addMonth') }
  const missing = periods.filter((period) => !drafts.some((draft) => draft.period === period))
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-1 text-sm font-medium">{t('budgets')}</legend>
      <p className={`text-sm ${error ? 'text-destructive' : 'text-muted-foreground'}`}>{error ?? hint}</p>
      {drafts.map((draft) => (
        <BudgetFields
          key={draft.period}
          draft={draft}
          onChange={(changed) => onChange(drafts.map((other) => (other === draft ? changed : other)))}
          onRemove={() => onChange(drafts.filter((other) => other !== draft))}
        />
      ))}
      {missing.length > 0 && (
        <div className="flex flex-wrap gap-2">
          {missing.map((period) => (
            <Button
              key={period}
              look="secondary"
              size="sm"
              onClick={() => onChange([...drafts, newBudget(period)])}
            >
              <Plus aria-hidden="true" />
              {add[period]}
            </Button>
          ))}
        </div>
      )}
    </fieldset>
  )
}

function BudgetFields({
  draft,
  onChange,
  onRemove,
}: {
  draft: BudgetDraft
  onChange: (draft: BudgetDraft) => void
  onRemove: () => void
}) {
  const t = useTranslations('limits')
  const name = { day: t('perDay'), month: t('perMonth') }[draft.period]
  const setRungs = (rungs: RungDraft[]) => onChange({ ...draft, rungs })

  function addRung() {
    const key = Math.max(-1, ...draft.rungs.map((rung) => rung.key)) + 1
    setRungs([...draft.rungs, newRung(key, '100')])
  }

  return (
    <fieldset className="grid gap-4 rounded-md border px-3 py-3">
      <legend className="sr-only">{name}</legend>
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div className="w-48">
          <Field
            label={name}
            type="number"
            inputMode="decimal"
            min={0.000000001}
            max={9_000_000}
            step="any"
            placeholder="100"
            value={draft.limit}
            onChange={(event) => onChange({ ...draft, limit: event.target.value })}
            required
          />
        </div>
        <Button look="ghost" size="sm" aria-label={t('removeNamed', { name })} onClick={onRemove}>
          {t('remove')}
        </Button>
      </div>
      <Choice
        look="switch"
        label={t('hard')}
        hint={t('hardHint')}
        checked={draft.hard}
        onChange={(event) => onChange({ ...draft, hard: event.target.checked })}
      />
      <fieldset className="grid gap-3">
        <legend className="mb-1 text-sm font-medium">{t('ladder')}</legend>
        {draft.rungs.length === 0 && <p className="text-sm text-muted-foreground">{t('noRungs')}</p>}
        {draft.rungs.map((rung, index) => (
          <BudgetRung
            key={rung.key}
            rung={rung}
            number={index + 1}
            onChange={(changed) => setRungs(draft.rungs.map((other) => (other === rung ? changed : other)))}
            onRemove={() => setRungs(draft.rungs.filter((other) => other !== rung))}
          />
        ))}
        {draft.rungs.length < 20 && (
          <div>
            <Button look="ghost" size="sm" onClick={addRung}>
              <Plus aria-hidden="true" />
              {t('addRung')}
            </Button>
          </div>
        )}
      </fieldset>
    </fieldset>
  )
}
