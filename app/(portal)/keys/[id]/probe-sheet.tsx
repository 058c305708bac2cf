'use client'

import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { useAddressFlag } from '@/components/address-flag'
import { FormFooter, useSave } from '@/components/form-parts'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/checkbox'
import { Field } from '@/components/ui/field'
import { Sheet } from '@/components/ui/sheet'
import { type CheckedKey, draftOfProbe, type ProbeDraft, probeBody } from './key-checks-draft'

/** How often the key is probed, whether that may cost money, and below which balance people are told. */
export function SetChecks({ checked }: { checked: CheckedKey }) {
  const t = useTranslations('keyChecks')
  const [open, setOpen] = useAddressFlag('checks')
  const close = () => setOpen(null)
  return (
    <>
      <Button look="secondary" size="sm" onClick={() => setOpen('1')}>
        {t('settings')}
      </Button>
      <Sheet
        open={open !== null}
        onOpenChange={(next) => !next && close()}
        title={t('settingsTitle', { name: checked.name })}
      >
        <ChecksForm checked={checked} onClose={close} />
      </Sheet>
    </>
  )
}

function ChecksForm({ checked, onClose }: { checked: CheckedKey; onClose: () => void }) {
  const t = useTranslations('keyChecks')
  const [draft, setDraft] = useState(() => draftOfProbe(checked))
  const { pending, error, errorOf, save } = useSave(onClose)
  const change = (changes: Partial<ProbeDraft>) => setDraft((before) => ({ ...before, ...changes }))

  function submit(event: FormEvent) {
    event.preventDefault()
    save('PATCH', `/keys/${checked.id}`, probeBody(draft), t('settingsSaved', { name: checked.name }))
  }

  return (
    <form onSubmit={submit} className="grid gap-5" autoComplete="off">
      <Field
        label={t('thresholdField')}
        hint={t('thresholdHint')}
        type="number"
        inputMode="decimal"
        min={0}
        step="any"
        value={draft.thresholdUsd}
        onChange={(event) => change({ thresholdUsd: event.target.value })}
        error={errorOf('balance_threshold_usd')}
      />
      <Choice
        look="switch"
        label={t('probeEnabled')}
        hint={t('probeEnabledHint')}
        checked={draft.enabled}
        onChange={(event) => change({ enabled: event.target.checked })}
      />
      {draft.enabled && <ProbeFields draft={draft} change={change} errorOf={errorOf} />}
      <FormFooter pending={pending} error={error} onCancel={onClose} />
    </form>
  )
}

function ProbeFields({
  draft,
  change,
  errorOf,
}: {
  draft: ProbeDraft
  change: (changes: Partial<ProbeDraft>) => void
  errorOf: (name: string) => string | undefined
}) {
  const t = useTranslations('keyChecks')
  return (
    <>
      <Field
        label={t('interval')}
        hint={t('intervalHint')}
        type="number"
        inputMode="numeric"
        min={30}
        max={86_400}
        step={1}
        value={draft.intervalSeconds}
        onChange={(event) => change({ intervalSeconds: event.target.value })}
        error={errorOf('probe.interval_seconds')}
        required
      />
      <Choice
        look="switch"
        label={t('paid')}
        hint={t('paidHint')}
        checked={draft.paid}
        onChange={(event) => change({ paid: event.target.checked })}
      />
      {draft.paid && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label={t('monthlyLimit')}
            type="number"
            inputMode="decimal"
            min={0}
            max={1000}
            step="any"
            value={draft.monthlyLimitUsd}
            onChange={(event) => change({ monthlyLimitUsd: event.target.value })}
            error={errorOf('probe.monthly_limit_usd')}
            required
          />
          <Field
            label={t('model')}
            hint={t('modelHint')}
            value={draft.model}
            onChange={(event) => change({ model: event.target.value })}
            error={errorOf('probe.model')}
            maxLength={200}
            spellCheck={false}
          />
        </div>
      )}
    </>
  )
}
