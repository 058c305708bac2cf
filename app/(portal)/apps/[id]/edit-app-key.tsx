'use client'

import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { FormFooter, useSave } from '@/components/form-parts'
import { Sheet } from '@/components/ui/sheet'
import { type AppKeyDraft, appKeyBody, draftOfAppKey, type EditedAppKey } from './app-key-draft'
import { AppKeyFields } from './app-key-fields'

type Props = { path: string; edited: EditedAppKey; models: string[]; onClose: () => void }

export function EditAppKey({ open, ...props }: Props & { open: boolean }) {
  const t = useTranslations('issueKey')
  return (
    <Sheet
      open={open}
      onOpenChange={(next) => !next && props.onClose()}
      title={t('editTitle', { name: props.edited.name })}
    >
      <EditForm {...props} />
    </Sheet>
  )
}

function EditForm({ path, edited, models, onClose }: Props) {
  const t = useTranslations('issueKey')
  const [draft, setDraft] = useState(() => draftOfAppKey(edited))
  const { pending, error, errorOf, save } = useSave(onClose)
  const change = (changes: Partial<AppKeyDraft>) => setDraft((before) => ({ ...before, ...changes }))

  function submit(event: FormEvent) {
    event.preventDefault()
    save('PATCH', path, appKeyBody(draft), t('changed', { name: draft.name }))
  }

  return (
    <form onSubmit={submit} className="grid gap-5" autoComplete="off">
      <AppKeyFields draft={draft} change={change} errorOf={errorOf} models={models} isNew={false} />
      <FormFooter pending={pending} error={error} onCancel={onClose} />
    </form>
  )
}
