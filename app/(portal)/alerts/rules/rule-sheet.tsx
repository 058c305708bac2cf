'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { useAddressFlag } from '@/components/address-flag'
import { FormFooter, useSave } from '@/components/form-parts'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/checkbox'
import { Details } from '@/components/ui/details'
import { Field, SelectField } from '@/components/ui/field'
import { Sheet } from '@/components/ui/sheet'
import type { AlertKind, Severity } from '@/lib/schemas/alerts'
import { severityOrder, useKindWords, useSeverityWords } from '../alert-words'
import { RuleActionsField } from './rule-actions-field'
import {
  draftOfRule,
  type EditedRule,
  newRule,
  possibleActions,
  type RuleDraft,
  ruleBody,
  ruleChanges,
} from './rule-draft'
import { RuleFigures } from './rule-figures'
import { RuleMutesField } from './rule-mutes-field'
import { RulePreview } from './rule-preview'
import { RuleScopeField, type ScopeChoices } from './rule-scope-field'

export function AddRule() {
  const t = useTranslations('alertRules')
  const [, open] = useAddressFlag('edit')
  return (
    <Button onClick={() => open('new')}>
      <Plus aria-hidden="true" />
      {t('add')}
    </Button>
  )
}

export function EditRule({ id, name }: { id: string; name: string }) {
  const t = useTranslations('alertRules')
  const [, open] = useAddressFlag('edit')
  return (
    <Button look="secondary" size="sm" aria-label={t('editTitle', { name })} onClick={() => open(id)}>
      {t('edit')}
    </Button>
  )
}

/** The form of the rule that the address names: `?edit=new` or `?edit=<id>`. */
export function RuleSheet({
  rules,
  choices,
  timeZone,
}: {
  rules: EditedRule[]
  choices: ScopeChoices
  timeZone: string
}) {
  const t = useTranslations('alertRules')
  const [wanted, set] = useAddressFlag('edit')
  const edited = rules.find(({ id }) => id === wanted)
  const close = () => set(null)
  return (
    <Sheet
      size="lg"
      open={wanted === 'new' || edited !== undefined}
      onOpenChange={(open) => !open && close()}
      title={edited ? t('editTitle', { name: edited.name }) : t('addTitle')}
      description={t('formText')}
    >
      <RuleForm edited={edited} choices={choices} timeZone={timeZone} onClose={close} />
    </Sheet>
  )
}

function RuleForm({
  edited,
  choices,
  timeZone,
  onClose,
}: {
  edited: EditedRule | undefined
  choices: ScopeChoices
  timeZone: string
  onClose: () => void
}) {
  const t = useTranslations('alertRules')
  const [draft, setDraft] = useState(() => (edited ? draftOfRule(edited, timeZone) : newRule('error_rate')))
  const { pending, error, errorOf, save } = useSave(onClose)
  const change = (changes: Partial<RuleDraft>) => setDraft((before) => ({ ...before, ...changes }))

  function submit(event: FormEvent) {
    event.preventDefault()
    const done = t('saved', { name: draft.name.trim() })
    if (edited) save('PATCH', `/alert-rules/${edited.id}`, ruleChanges(draft, edited, timeZone), done)
    else save('POST', '/alert-rules', { kind: draft.kind, ...ruleBody(draft, timeZone) }, done)
  }

  return (
    <form onSubmit={submit} className="grid gap-6" autoComplete="off">
      <MainFields draft={draft} change={change} errorOf={errorOf} isNew={!edited} />
      <RuleFigures draft={draft} change={change} errorOf={errorOf} />
      <RuleScopeField draft={draft} change={change} errorOf={errorOf} choices={choices} />
      <RulePreview draft={draft} timeZone={timeZone} />
      <RuleActionsField
        drafts={draft.actions}
        possible={possibleActions(draft.kind, draft.scope.by)}
        onChange={(actions) => change({ actions })}
        error={errorOf('actions')}
      />
      {draft.actions.length > 0 && (
        <Choice
          look="switch"
          label={t('undo')}
          hint={t('undoHint')}
          checked={draft.undo}
          onChange={(event) => change({ undo: event.target.checked })}
        />
      )}
      <Details title={t('telling')} open={['mutes', 'muted_until', 'renotify_minutes'].some(errorOf)}>
        <Field
          label={t('renotify')}
          hint={t('renotifyHint')}
          type="number"
          inputMode="numeric"
          min={0}
          max={43_200}
          step={1}
          value={draft.renotifyMinutes}
          onChange={(event) => change({ renotifyMinutes: event.target.value })}
          error={errorOf('renotify_minutes')}
          required
        />
        <Field
          label={t('mutedUntilField')}
          hint={t('mutedUntilHint', { timeZone })}
          type="datetime-local"
          value={draft.mutedUntil}
          onChange={(event) => change({ mutedUntil: event.target.value })}
          error={errorOf('muted_until')}
        />
        <RuleMutesField
          drafts={draft.mutes}
          onChange={(mutes) => change({ mutes })}
          error={errorOf('mutes')}
        />
      </Details>
      <Choice
        look="switch"
        label={t('enabled')}
        hint={t('enabledHint')}
        checked={draft.enabled}
        onChange={(event) => change({ enabled: event.target.checked })}
      />
      <FormFooter pending={pending} error={error} onCancel={onClose} />
    </form>
  )
}

export type FieldsProps = {
  draft: RuleDraft
  change: (changes: Partial<RuleDraft>) => void
  errorOf: (name: string) => string | undefined
}

/** The kind stays as it is. */
function MainFields({ draft, change, errorOf, isNew }: FieldsProps & { isNew: boolean }) {
  const t = useTranslations('alertRules')
  const kinds = useKindWords()
  const severityWords = useSeverityWords()
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {isNew && (
        <div className="sm:col-span-2">
          <SelectField
            label={t('kind')}
            value={draft.kind}
            onChange={(event) => {
              const { name, severity } = draft
              change({ ...newRule(event.target.value as AlertKind), name, severity })
            }}
            options={Object.entries(kinds).map(([value, label]) => ({ value, label }))}
          />
        </div>
      )}
      <Field
        label={t('name')}
        value={draft.name}
        onChange={(event) => change({ name: event.target.value })}
        error={errorOf('name')}
        maxLength={100}
        required
      />
      <SelectField
        label={t('severity')}
        value={draft.severity}
        onChange={(event) => change({ severity: event.target.value as Severity })}
        error={errorOf('severity')}
        options={severityOrder.map((value) => ({ value, label: severityWords[value] }))}
      />
    </div>
  )
}
