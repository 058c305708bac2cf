'use client'

import { Plus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { useAddressFlag } from '@/components/address-flag'
import { ErrorNotice, useErrorText } from '@/components/admin-error'
import { type AdminError, callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { Sheet } from '@/components/ui/sheet'
import { draftOfAppKey, newAppKeyBody } from './app-key-draft'
import { AppKeyFields } from './app-key-fields'
import type { AppOfKeys } from './app-keys'
import { type IssuedKey, RawKeyDialog } from './raw-key-dialog'

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
  const [draft, setDraft] = useState(() => draftOfAppKey())
  const [error, setError] = useState<AdminError>()
  const [pending, setPending] = useState(false)
  const { aboutField } = useErrorText()

  async function issue(event: FormEvent) {
    event.preventDefault()
    if (pending) return
    setPending(true)
    const body = newAppKeyBody(draft, Date.now())
    const result = await callAdmin<IssuedKey>('POST', `/apps/${appId}/keys`, body)
    setPending(false)
    if (result.ok) onIssued(result.data)
    else setError(result.error)
  }

  return (
    <form onSubmit={issue} className="grid gap-5" autoComplete="off">
      <AppKeyFields
        draft={draft}
        change={(changes) => setDraft((before) => ({ ...before, ...changes }))}
        errorOf={(field) => aboutField(error, field)}
        models={models}
        isNew
      />
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
