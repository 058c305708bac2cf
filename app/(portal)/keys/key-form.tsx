'use client'

import { useTranslations } from 'next-intl'
import { type FormEvent, useRef, useState } from 'react'
import { ErrorNotice, useErrorText } from '@/components/admin-error'
import { type AdminError, callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import {
  canTest,
  draftOf,
  type EditedKey,
  emptyDraft,
  type KeyDraft,
  keyBody,
  keyChanges,
  providerBody,
  testBody,
} from './key-draft'
import { KeyOptions, type PoolChoice } from './key-options'
import { usePresetNotes } from './preset-notes'
import { type Probe, ProbeResultNotice } from './probe-result'
import { type ProviderChoice, ProviderPicker } from './provider-picker'
import { SecretFields } from './secret-fields'

/** What the form offers to choose from. */
export type KeyChoices = {
  providers: ProviderChoice[]
  pools: PoolChoice[]
  environments: string[]
  owners: string[]
  tags: string[]
}
export type SavedKey = { id: string; name: string; secret_state: 'sealed' | 'reference' | 'missing' }

type Tested = { body: string; probe: Probe }

/** Adds a key or, with `edited`, changes one. A typed secret is tried with its provider before it is saved. */
export function KeyForm({
  choices,
  edited,
  onSaved,
  onCancel,
}: {
  choices: KeyChoices
  edited?: EditedKey
  onSaved: (key: SavedKey) => void
  onCancel: () => void
}) {
  const t = useTranslations('keyForm')
  const [draft, setDraft] = useState(() => (edited ? draftOf(edited) : emptyDraft()))
  const [tested, setTested] = useState<Tested>()
  const [error, setError] = useState<AdminError>()
  const { aboutField } = useErrorText()
  const [busy, setBusy] = useState<'test' | 'save'>()
  const outcome = useRef<HTMLDivElement>(null)
  const change = (changes: Partial<KeyDraft>) => setDraft((before) => ({ ...before, ...changes }))
  const wanted = canTest(draft) ? JSON.stringify(testBody(draft)) : null
  const probe = tested && tested.body === wanted ? tested.probe : undefined

  async function test(): Promise<Probe | undefined> {
    setBusy('test')
    setError(undefined)
    const result = await callAdmin<Probe>('POST', '/keys/test', testBody(draft))
    setBusy(undefined)
    if (!result.ok) {
      setError(result.error)
      return undefined
    }
    setTested({ body: JSON.stringify(testBody(draft)), probe: result.data })
    return result.data
  }

  async function testNow() {
    await test()
    requestAnimationFrame(() => outcome.current?.scrollIntoView({ block: 'nearest' }))
  }

  async function save(event: FormEvent) {
    event.preventDefault()
    if (busy) return
    if (!draft.source)
      return setError({ ...noProvider, message: t('chooseProvider'), hint: t('chooseProviderHint') })
    // A secret that was never tried is tried first; one that failed is saved when asked again.
    if (wanted && !probe && !(await test())?.ok) return
    setBusy('save')
    const result = edited ? await changeKey(draft, edited) : await addKey(draft, change)
    setBusy(undefined)
    if (result.ok) onSaved(result.data)
    else setError(result.error)
  }

  const fields: FieldsProps = { draft, change, errorOf: (name) => aboutField(error, name) }
  return (
    <form onSubmit={save} className="grid gap-6" autoComplete="off">
      {!edited && (
        <ProviderPicker
          choices={choices.providers}
          chosen={draft.source}
          onChoose={({ source, baseUrl }) => change({ source, baseUrl: baseUrl ?? '' })}
        />
      )}
      {draft.source?.kind === 'preset' && <NewProvider {...fields} slug={draft.source.slug} />}
      <Field
        label={t('name')}
        hint={t('nameHint')}
        value={draft.name}
        onChange={(event) => change({ name: event.target.value })}
        error={fields.errorOf('name')}
        maxLength={100}
        required
      />
      <SecretFields {...fields} editing={edited !== undefined} />
      {wanted && (
        <div className="grid justify-items-start gap-3">
          <Button look="secondary" pending={busy === 'test'} onClick={testNow}>
            {busy === 'test' ? t('testing') : t('test')}
          </Button>
          <div ref={outcome} aria-live="polite" className="w-full scroll-mb-4">
            {probe && <ProbeResultNotice probe={probe} />}
          </div>
        </div>
      )}
      <KeyOptions {...fields} choices={choices} models={probe?.models ?? []} />
      {error && <ErrorNotice error={error} />}
      {probe && !probe.ok && (
        <Notice tone="warning" title={t('failing')}>
          <p>{t('failingText')}</p>
        </Notice>
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onCancel}>
          {t('cancel')}
        </Button>
        <Button type="submit" look={probe && !probe.ok ? 'danger' : 'primary'} pending={busy === 'save'}>
          {probe && !probe.ok ? t('saveAnyway') : wanted && !probe ? t('testAndSave') : t('save')}
        </Button>
      </div>
    </form>
  )
}

const noProvider = { code: 'provider_missing', param: 'provider' }

export type FieldsProps = {
  draft: KeyDraft
  change: (changes: Partial<KeyDraft>) => void
  /** What the last answer said about a field of the API. */
  errorOf: (name: string) => string | undefined
}

/** Address of a provider that will be added together with its first key. */
function NewProvider({ draft, change, errorOf, slug }: FieldsProps & { slug: string }) {
  const t = useTranslations('keyForm')
  const note = usePresetNotes()[slug]
  return (
    <div className="grid gap-4">
      {slug === 'custom' && (
        <Field
          label={t('slug')}
          hint={t('slugHint')}
          value={draft.providerSlug}
          onChange={(event) => change({ providerSlug: event.target.value.toLowerCase() })}
          error={errorOf('slug')}
          maxLength={63}
          spellCheck={false}
          required
        />
      )}
      <Field
        label={t('baseUrl')}
        hint={note ?? t('baseUrlHint')}
        type="url"
        value={draft.baseUrl}
        onChange={(event) => change({ baseUrl: event.target.value })}
        error={errorOf('base_url')}
        placeholder="https://api.example.com/v1"
        maxLength={500}
        required
      />
    </div>
  )
}

async function addKey(draft: KeyDraft, change: FieldsProps['change']) {
  const provider = providerBody(draft)
  let added = draft
  if (provider) {
    const result = await callAdmin<{ slug: string }>('POST', '/providers', provider)
    if (!result.ok) return result
    // From here on the provider exists, also when the key is refused and the form is sent again.
    const source = { kind: 'provider', slug: result.data.slug } as const
    change({ source })
    added = { ...draft, source }
  }
  return await callAdmin<SavedKey>('POST', '/keys', keyBody(added))
}

async function changeKey(draft: KeyDraft, edited: EditedKey) {
  return await callAdmin<SavedKey>('PATCH', `/keys/${edited.id}`, keyChanges(draft, edited))
}
