'use client'

import { Plus, X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button, IconButton } from '@/components/ui/button'
import { Field, FieldFrame, SelectField } from '@/components/ui/field'
import { TokenInput } from '@/components/ui/token-input'
import { type ActionDraft, newAction, type RuleAction } from './rule-draft'
import { useActionWords } from './rule-words'

const mostActions = 5

/** What is done besides telling people. */
export function RuleActionsField({
  drafts,
  possible,
  onChange,
  error,
}: {
  drafts: ActionDraft[]
  possible: RuleAction[]
  onChange: (drafts: ActionDraft[]) => void
  error: string | undefined
}) {
  const t = useTranslations('alertRules')
  const first = possible[0]
  const nextKey = Math.max(-1, ...drafts.map(({ key }) => key)) + 1
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-1 text-sm font-medium">{t('actions')}</legend>
      <p className={`text-sm ${error ? 'text-destructive' : 'text-muted-foreground'}`}>
        {error ?? (first || drafts.length > 0 ? t('actionsHint') : t('noActions'))}
      </p>
      {drafts.map((draft, index) => (
        <ActionFields
          key={draft.key}
          draft={draft}
          name={t('action', { number: index + 1 })}
          possible={possible}
          onChange={(changed) => onChange(drafts.map((other) => (other.key === draft.key ? changed : other)))}
          onRemove={() => onChange(drafts.filter((other) => other.key !== draft.key))}
        />
      ))}
      {first && drafts.length < mostActions && (
        <div>
          <Button look="secondary" size="sm" onClick={() => onChange([...drafts, newAction(nextKey, first)])}>
            <Plus aria-hidden="true" />
            {t('addAction')}
          </Button>
        </div>
      )}
    </fieldset>
  )
}

function ActionFields({
  draft,
  name,
  possible,
  onChange,
  onRemove,
}: {
  draft: ActionDraft
  name: string
  possible: RuleAction[]
  onChange: (draft: ActionDraft) => void
  onRemove: () => void
}) {
  const t = useTranslations('alertRules')
  const words = useActionWords()
  const offered = possible.includes(draft.action) ? possible : [draft.action, ...possible]
  return (
    <fieldset className="grid gap-2 border-l-2 pl-3">
      <legend className="sr-only">{name}</legend>
      <div className="grid grid-cols-[minmax(0,1fr)_7rem_auto] items-end gap-2">
        <SelectField
          label={t('do')}
          value={draft.action}
          onChange={(event) => onChange({ ...draft, action: event.target.value as RuleAction })}
          options={offered.map((value) => ({ value, label: words[value] }))}
        />
        {draft.action === 'disable_key' ? (
          <span />
        ) : (
          <Field
            label={t('forMinutes')}
            type="number"
            inputMode="numeric"
            min={1}
            max={43_200}
            step={1}
            placeholder={t('untilUndone')}
            value={draft.minutes}
            onChange={(event) => onChange({ ...draft, minutes: event.target.value })}
          />
        )}
        <IconButton label={t('removeNamed', { name })} onClick={onRemove}>
          <X aria-hidden="true" />
        </IconButton>
      </div>
      {draft.action === 'throttle' && (
        <div className="w-48">
          <Field
            label={t('rpm')}
            type="number"
            inputMode="numeric"
            min={1}
            max={1_000_000}
            step={1}
            value={draft.rpm}
            onChange={(event) => onChange({ ...draft, rpm: event.target.value })}
            required
          />
        </div>
      )}
      {draft.action === 'economy' && (
        <FieldFrame label={t('models')} hint={t('modelsHint')}>
          {(control) => (
            <TokenInput
              {...control}
              values={draft.models}
              onChange={(models) => onChange({ ...draft, models })}
            />
          )}
        </FieldFrame>
      )}
    </fieldset>
  )
}
