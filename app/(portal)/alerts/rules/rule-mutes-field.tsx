'use client'

import { Plus, X } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button, IconButton } from '@/components/ui/button'
import { Choice } from '@/components/ui/checkbox'
import { Field } from '@/components/ui/field'
import { type MuteDraft, newMute } from './rule-draft'

const mostMutes = 20

/** When nobody is told. */
export function RuleMutesField({
  drafts,
  onChange,
  error,
}: {
  drafts: MuteDraft[]
  onChange: (drafts: MuteDraft[]) => void
  error: string | undefined
}) {
  const t = useTranslations('alertRules')
  const nextKey = Math.max(-1, ...drafts.map(({ key }) => key)) + 1
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-1 text-sm font-medium">{t('mutes')}</legend>
      <p className={`text-sm ${error ? 'text-destructive' : 'text-muted-foreground'}`}>
        {error ?? t('mutesHint')}
      </p>
      {drafts.map((draft, index) => (
        <MuteFields
          key={draft.key}
          draft={draft}
          name={t('mute', { number: index + 1 })}
          onChange={(changed) => onChange(drafts.map((other) => (other.key === draft.key ? changed : other)))}
          onRemove={() => onChange(drafts.filter((other) => other.key !== draft.key))}
        />
      ))}
      {drafts.length < mostMutes && (
        <div>
          <Button look="secondary" size="sm" onClick={() => onChange([...drafts, newMute(nextKey)])}>
            <Plus aria-hidden="true" />
            {t('addMute')}
          </Button>
        </div>
      )}
    </fieldset>
  )
}

function MuteFields({
  draft,
  name,
  onChange,
  onRemove,
}: {
  draft: MuteDraft
  name: string
  onChange: (draft: MuteDraft) => void
  onRemove: () => void
}) {
  const t = useTranslations('alertRules')
  const days = [
    t('monday'),
    t('tuesday'),
    t('wednesday'),
    t('thursday'),
    t('friday'),
    t('saturday'),
    t('sunday'),
  ]
  const toggle = (day: number, on: boolean) =>
    onChange({ ...draft, days: on ? [...draft.days, day].sort() : draft.days.filter((one) => one !== day) })
  return (
    <fieldset className="grid gap-2 border-l-2 pl-3">
      <legend className="sr-only">{name}</legend>
      <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] items-end gap-2">
        <Field
          label={t('muteFrom')}
          type="time"
          value={draft.from}
          onChange={(event) => onChange({ ...draft, from: event.target.value })}
          required
        />
        <Field
          label={t('muteTo')}
          type="time"
          value={draft.to}
          onChange={(event) => onChange({ ...draft, to: event.target.value })}
          required
        />
        <IconButton label={t('removeNamed', { name })} onClick={onRemove}>
          <X aria-hidden="true" />
        </IconButton>
      </div>
      <div className="flex flex-wrap gap-x-3 gap-y-1.5 text-sm">
        {days.map((word, index) => (
          <Choice
            key={word}
            label={word}
            checked={draft.days.includes(index + 1)}
            onChange={(event) => toggle(index + 1, event.target.checked)}
          />
        ))}
      </div>
    </fieldset>
  )
}
