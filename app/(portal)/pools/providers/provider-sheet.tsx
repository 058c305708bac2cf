'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { useAddressFlag } from '@/components/address-flag'
import { FormFooter, useSave } from '@/components/form-parts'
import { Button } from '@/components/ui/button'
import { Field, SelectField } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Sheet } from '@/components/ui/sheet'
import { usePresetNotes } from '../../keys/preset-notes'
import {
  draftOfProvider,
  type ProviderDraft,
  type ProviderView,
  providerBody,
  providerChanges,
} from './provider-draft'
import { ProviderLimits } from './provider-limits'

type Preset = Omit<ProviderView, 'id' | 'enabled' | 'keys' | 'sealedKeys'>

export function AddProvider() {
  const t = useTranslations('providers')
  const [, open] = useAddressFlag('edit')
  return (
    <Button onClick={() => open('new')}>
      <Plus aria-hidden="true" />
      {t('add')}
    </Button>
  )
}

/** The form of the provider that the address names: `?edit=new` or `?edit=<id>`. */
export function ProviderSheet({ providers, presets }: { providers: ProviderView[]; presets: Preset[] }) {
  const t = useTranslations('providers')
  const [wanted, set] = useAddressFlag('edit')
  const edited = providers.find((provider) => provider.id === wanted)
  const close = () => set(null)
  return (
    <Sheet
      size="lg"
      open={wanted === 'new' || edited !== undefined}
      onOpenChange={(open) => !open && close()}
      title={edited ? t('editTitle', { name: edited.name }) : t('addTitle')}
      description={edited ? undefined : t('addText')}
    >
      <ProviderForm edited={edited} presets={presets} onClose={close} />
    </Sheet>
  )
}

function ProviderForm({
  edited,
  presets,
  onClose,
}: {
  edited: ProviderView | undefined
  presets: Preset[]
  onClose: () => void
}) {
  const t = useTranslations('providers')
  const notes = usePresetNotes()
  const first = presets[0]
  const [draft, setDraft] = useState<ProviderDraft | undefined>(() =>
    edited ? draftOfProvider(edited) : first && draftOfProvider(first, first.slug),
  )
  const { pending, error, errorOf, save } = useSave(onClose)
  if (!draft) return null
  const change = (changes: Partial<ProviderDraft>) => setDraft({ ...draft, ...changes })
  const moves = edited && edited.sealedKeys > 0 && draft.baseUrl.trim() !== edited.baseUrl

  function choose(slug: string) {
    const preset = presets.find((candidate) => candidate.slug === slug)
    if (!preset) return
    const blank = slug === 'custom' ? { slug: '', name: '' } : {}
    setDraft(draftOfProvider({ ...preset, ...blank }, slug))
  }

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!draft) return
    const { name } = draft
    if (edited)
      save('PATCH', `/providers/${edited.id}`, providerChanges(draft, edited), t('changed', { name }))
    else save('POST', '/providers', providerBody(draft), t('added', { name }))
  }

  return (
    <form onSubmit={submit} className="grid gap-5">
      {!edited && (
        <SelectField
          label={t('preset')}
          hint={notes[draft.preset]}
          value={draft.preset}
          onChange={(event) => choose(event.target.value)}
          options={presets.map(({ slug, name }) => ({
            value: slug,
            label: slug === 'custom' ? t('custom') : name,
          }))}
        />
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label={t('name')}
          value={draft.name}
          onChange={(event) => change({ name: event.target.value })}
          error={errorOf('name')}
          maxLength={100}
          required
        />
        <Field
          label={t('slug')}
          hint={t('slugHint')}
          value={draft.slug}
          onChange={(event) => change({ slug: event.target.value.toLowerCase() })}
          error={errorOf('slug')}
          maxLength={63}
          spellCheck={false}
          required
        />
      </div>
      <Field
        label={t('baseUrl')}
        hint={t('baseUrlHint')}
        type="url"
        value={draft.baseUrl}
        onChange={(event) => change({ baseUrl: event.target.value })}
        error={errorOf('base_url')}
        placeholder="https://api.example.com/v1"
        maxLength={500}
        required
      />
      {moves && (
        <Notice tone="warning" role="alert" title={t('moves', { count: edited.sealedKeys })}>
          <p>{t('movesText')}</p>
        </Notice>
      )}
      <ProviderLimits draft={draft} change={change} errorOf={errorOf} />
      <FormFooter pending={pending} error={error} onCancel={onClose} />
    </form>
  )
}
