'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { type FormEvent, useId, useState } from 'react'
import { ErrorNotice } from '@/components/admin-error'
import { type AdminError, callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { SelectField } from '@/components/ui/field'
import type { AppOfKeys } from './app-keys'
import { type IssuedKey, RawKeyDialog } from './raw-key-dialog'

const hour = 3600
const day = 24 * hour

/** Replaces a key: asks how long the old one still works, then shows the new one once. */
export function RotateKey({
  app,
  path,
  name,
  open,
  onClose,
}: {
  app: AppOfKeys
  path: string
  name: string
  open: boolean
  onClose: () => void
}) {
  const t = useTranslations('rotateKey')
  const router = useRouter()
  const form = useId()
  const [grace, setGrace] = useState(String(day))
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AdminError>()
  const [issued, setIssued] = useState<IssuedKey | null>(null)

  async function rotate(event: FormEvent) {
    event.preventDefault()
    if (pending) return
    setPending(true)
    setError(undefined)
    const result = await callAdmin<IssuedKey>('POST', `${path}/rotate`, { grace_seconds: Number(grace) })
    setPending(false)
    if (!result.ok) return setError(result.error)
    setIssued(result.data)
    onClose()
    router.refresh()
  }

  return (
    <>
      <Dialog
        open={open}
        onOpenChange={(next) => !next && onClose()}
        title={t('title', { name })}
        description={t('description')}
        footer={
          <>
            <Button look="secondary" onClick={onClose}>
              {t('cancel')}
            </Button>
            <Button type="submit" form={form} pending={pending}>
              {t('rotate')}
            </Button>
          </>
        }
      >
        <form id={form} onSubmit={rotate} className="grid gap-4">
          <SelectField
            label={t('grace')}
            hint={t('graceHint')}
            value={grace}
            onChange={(event) => setGrace(event.target.value)}
            options={[
              { value: '0', label: t('graceNone') },
              { value: String(hour), label: t('graceHour') },
              { value: String(day), label: t('graceDay') },
              { value: String(7 * day), label: t('graceDays', { count: 7 }) },
              { value: String(30 * day), label: t('graceDays', { count: 30 }) },
            ]}
          />
          {error && <ErrorNotice error={error} />}
        </form>
      </Dialog>
      <RawKeyDialog issued={issued} target={app} onClose={() => setIssued(null)} />
    </>
  )
}
