'use client'

import { Plus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { useAddressFlag } from '@/components/address-flag'
import { type AdminError, callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { ErrorNotice } from '@/components/ui/confirm-dialog'
import { Field, FieldFrame, SelectField } from '@/components/ui/field'
import { Sheet } from '@/components/ui/sheet'
import { TokenInput } from '@/components/ui/token-input'
import type { AppOfKeys } from './app-keys'
import { type IssuedKey, RawKeyDialog } from './raw-key-dialog'

const dayMs = 86_400_000

/** Issues a key and shows it once; `?issue=1` opens the form. */
export function IssueKey({ app, models }: { app: AppOfKeys; models: string[] }) {
  const t = useTranslations('issueKey')
  const router = useRouter()
  const [open, setOpen] = useAddressFlag('issue')
  const [issued, setIssued] = useState<IssuedKey | null>(null)

  function done(key: IssuedKey) {
    setIssued(key)
    setOpen(null)
  }

  /** Only now: the list behind, with its first key, puts this button elsewhere and would take the dialog with it. */
  function close() {
    setIssued(null)
    router.refresh()
  }

  return (
    <>
      <Button onClick={() => setOpen('1')}>
        <Plus aria-hidden="true" />
        {t('issue')}
      </Button>
      <Sheet
        open={open !== null && issued === null}
        onOpenChange={(next) => !next && setOpen(null)}
        title={t('title', { app: app.name })}
        description={t('description')}
      >
        <IssueForm appId={app.id} models={models} onIssued={done} onCancel={() => setOpen(null)} />
      </Sheet>
      <RawKeyDialog issued={issued} target={app} onClose={close} />
    </>
  )
}

function IssueForm({
  appId,
  models,
  onIssued,
  onCancel,
}: {
  appId: string
  models: string[]
  onIssued: (key: IssuedKey) => void
  onCancel: () => void
}) {
  const t = useTranslations('issueKey')
  const [name, setName] = useState('')
  const [days, setDays] = useState('0')
  const [allowedModels, setAllowedModels] = useState<string[]>([])
  const [error, setError] = useState<AdminError>()
  const [pending, setPending] = useState(false)
  const errorOf = (field: string) =>
    error?.param === field || error?.param?.startsWith(`${field}.`) ? error.message : undefined

  async function issue(event: FormEvent) {
    event.preventDefault()
    if (pending) return
    setPending(true)
    const expiresAt = days === '0' ? null : new Date(Date.now() + Number(days) * dayMs).toISOString()
    const result = await callAdmin<IssuedKey>('POST', `/apps/${appId}/keys`, {
      name: name.trim(),
      expires_at: expiresAt,
      allowed_models: allowedModels,
    })
    setPending(false)
    if (result.ok) onIssued(result.data)
    else setError(result.error)
  }

  return (
    <form onSubmit={issue} className="grid gap-5" autoComplete="off">
      <Field
        label={t('name')}
        hint={t('nameHint')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={errorOf('name')}
        maxLength={100}
        required
      />
      <SelectField
        label={t('expires')}
        hint={t('expiresHint')}
        value={days}
        onChange={(event) => setDays(event.target.value)}
        error={errorOf('expires_at')}
        options={[
          { value: '0', label: t('never') },
          { value: '7', label: t('days', { count: 7 }) },
          { value: '30', label: t('days', { count: 30 }) },
          { value: '90', label: t('days', { count: 90 }) },
          { value: '365', label: t('days', { count: 365 }) },
        ]}
      />
      <FieldFrame label={t('models')} hint={t('modelsHint')} error={errorOf('allowed_models')}>
        {(control) => (
          <TokenInput
            {...control}
            values={allowedModels}
            onChange={setAllowedModels}
            placeholder={t('sameAsApp')}
            suggestions={models}
          />
        )}
      </FieldFrame>
      {error && <ErrorNotice error={error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onCancel}>
          {t('cancel')}
        </Button>
        <Button type="submit" pending={pending}>
          {t('issue')}
        </Button>
      </div>
    </form>
  )
}
