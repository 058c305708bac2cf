'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { ErrorNotice, useErrorText } from './admin-error'
import { type AdminError, callAdmin } from './call-admin'
import { Button } from './ui/button'
import { useToast } from './ui/toast'

/** Sends a form to the admin API; when it is taken, says so, shows the new state and closes. */
export function useSave(onClose: () => void) {
  const router = useRouter()
  const toast = useToast()
  const { aboutField } = useErrorText()
  const [pending, setPending] = useState(false)
  const [error, setError] = useState<AdminError>()

  async function save(method: 'POST' | 'PUT' | 'PATCH', path: string, body: unknown, done: string) {
    if (pending) return
    setPending(true)
    const result = await callAdmin<{ notice?: string } | undefined>(method, path, body)
    setPending(false)
    if (!result.ok) return setError(result.error)
    toast({ title: done, text: result.data?.notice, tone: 'good' })
    router.refresh()
    onClose()
  }

  /** What the last answer said about a field, or about a part of it. */
  function errorOf(field: string): string | undefined {
    return aboutField(error, field)
  }
  return { pending, error, errorOf, save }
}

export function FormFooter({
  pending,
  error,
  onCancel,
}: {
  pending: boolean
  error: AdminError | undefined
  onCancel: () => void
}) {
  const t = useTranslations('formParts')
  return (
    <>
      {error && <ErrorNotice error={error} />}
      <div className="flex flex-wrap justify-end gap-2">
        <Button look="secondary" onClick={onCancel}>
          {t('cancel')}
        </Button>
        <Button type="submit" pending={pending}>
          {t('save')}
        </Button>
      </div>
    </>
  )
}
