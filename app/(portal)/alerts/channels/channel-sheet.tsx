'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { useAddressFlag } from '@/components/address-flag'
import { FormFooter, useSave } from '@/components/form-parts'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/checkbox'
import { Field, SelectField } from '@/components/ui/field'
import { RadioList } from '@/components/ui/radio-list'
import { Sheet } from '@/components/ui/sheet'
import type { Severity } from '@/lib/schemas/alerts'
import { severityOrder, useSeverityWords } from '../alert-words'
import { type ChannelDraft, channelBody, draftOfChannel, type EditedChannel } from './channel-draft'
import { useChannelKinds } from './channel-words'

export function AddChannel() {
  const t = useTranslations('channels')
  const [, open] = useAddressFlag('edit')
  return (
    <Button onClick={() => open('new')}>
      <Plus aria-hidden="true" />
      {t('add')}
    </Button>
  )
}

export function EditChannel({ id, name }: { id: string; name: string }) {
  const t = useTranslations('channels')
  const [, open] = useAddressFlag('edit')
  return (
    <Button look="secondary" size="sm" aria-label={t('editTitle', { name })} onClick={() => open(id)}>
      {t('edit')}
    </Button>
  )
}

/** The form of the channel that the address names: `?edit=new` or `?edit=<id>`. */
export function ChannelSheet({ channels, language }: { channels: EditedChannel[]; language: 'zh' | 'en' }) {
  const t = useTranslations('channels')
  const [wanted, set] = useAddressFlag('edit')
  const edited = channels.find(({ id }) => id === wanted)
  const close = () => set(null)
  return (
    <Sheet
      open={wanted === 'new' || edited !== undefined}
      onOpenChange={(open) => !open && close()}
      title={edited ? t('editTitle', { name: edited.name }) : t('addTitle')}
      description={edited ? undefined : t('addText')}
    >
      <ChannelForm edited={edited} language={language} onClose={close} />
    </Sheet>
  )
}

function ChannelForm({
  edited,
  language,
  onClose,
}: {
  edited: EditedChannel | undefined
  language: 'zh' | 'en'
  onClose: () => void
}) {
  const t = useTranslations('channels')
  const kinds = useChannelKinds()
  const severityWords = useSeverityWords()
  const [draft, setDraft] = useState(() => draftOfChannel(edited, language))
  const { pending, error, errorOf, save } = useSave(onClose)
  const change = (changes: Partial<ChannelDraft>) => setDraft((before) => ({ ...before, ...changes }))

  function submit(event: FormEvent) {
    event.preventDefault()
    const done = t('saved', { name: draft.name.trim() })
    if (edited) save('PATCH', `/channels/${edited.id}`, channelBody(draft, edited), done)
    else save('POST', '/channels', channelBody(draft), done)
  }

  return (
    <form onSubmit={submit} className="grid gap-5" autoComplete="off">
      {!edited && (
        <RadioList
          label={t('kind')}
          value={draft.kind}
          onChange={(kind) => change({ kind })}
          options={[
            { value: 'feishu', label: kinds.feishu, hint: t('feishuHint') },
            { value: 'webhook', label: kinds.webhook, hint: t('webhookHint') },
          ]}
        />
      )}
      <Field
        label={t('name')}
        value={draft.name}
        onChange={(event) => change({ name: event.target.value })}
        error={errorOf('name')}
        maxLength={100}
        required
      />
      {edited?.from_environment ? (
        <p className="text-sm text-muted-foreground">{t('fromEnvironment')}</p>
      ) : (
        <Address draft={draft} change={change} errorOf={errorOf} edited={edited} />
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <SelectField
          label={t('minSeverity')}
          value={draft.minSeverity}
          onChange={(event) => change({ minSeverity: event.target.value as Severity })}
          error={errorOf('min_severity')}
          options={severityOrder.map((value) => ({ value, label: severityWords[value] }))}
        />
        <SelectField
          label={t('language')}
          value={draft.language}
          onChange={(event) => change({ language: event.target.value as 'zh' | 'en' })}
          error={errorOf('language')}
          options={[
            { value: 'zh', label: '中文' },
            { value: 'en', label: 'English' },
          ]}
        />
      </div>
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

/** Address and signing secret; both can only be written. */
function Address({
  draft,
  change,
  errorOf,
  edited,
}: {
  draft: ChannelDraft
  change: (changes: Partial<ChannelDraft>) => void
  errorOf: (name: string) => string | undefined
  edited: EditedChannel | undefined
}) {
  const t = useTranslations('channels')
  const feishu = draft.kind === 'feishu'
  return (
    <>
      <Field
        label={t('url')}
        hint={edited ? t('urlUnchanged', { hint: edited.url_hint }) : t('urlHint')}
        value={draft.url}
        onChange={(event) => change({ url: event.target.value })}
        error={errorOf('url')}
        placeholder={
          feishu ? 'https://open.feishu.cn/open-apis/bot/v2/hook/…' : 'https://example.com/hooks/akcp'
        }
        maxLength={2000}
        spellCheck={false}
        required={!edited}
      />
      <Field
        label={t('secret')}
        hint={edited?.signed ? t('secretUnchanged') : feishu ? t('secretFeishu') : t('secretWebhook')}
        type="password"
        autoComplete="new-password"
        value={draft.secret}
        onChange={(event) => change({ secret: event.target.value })}
        error={errorOf('secret')}
        maxLength={500}
        disabled={draft.unsigned}
      />
      {edited?.signed && (
        <Choice
          label={t('unsigned')}
          checked={draft.unsigned}
          onChange={(event) => change({ unsigned: event.target.checked, secret: '' })}
        />
      )}
    </>
  )
}
