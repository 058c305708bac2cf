'use client'

import { Check, UserCheck } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'
import type { AlertState } from './alert-view'

/** "Somebody is on it", and "this is over". */
export function AlertActions({ id, title, state }: { id: string; title: string; state: AlertState }) {
  const t = useTranslations('alertActions')
  const router = useRouter()
  const toast = useToast()
  const showError = useErrorToast()
  const [pending, setPending] = useState(false)
  const [asking, setAsking] = useState(false)
  if (state === 'resolved') return null

  async function acknowledge() {
    setPending(true)
    const result = await callAdmin('POST', `/alerts/${id}/acknowledge`)
    setPending(false)
    if (!result.ok) return showError(result.error)
    toast({ title: t('acknowledged'), text: title, tone: 'good' })
    router.refresh()
  }

  async function resolve() {
    const result = await callAdmin('POST', `/alerts/${id}/resolve`)
    if (result.ok) {
      toast({ title: t('resolved'), text: title, tone: 'good' })
      router.refresh()
    }
    return result
  }

  return (
    <>
      {state === 'firing' && (
        <Button
          look="secondary"
          size="sm"
          pending={pending}
          aria-label={t('acknowledgeNamed', { title })}
          onClick={acknowledge}
        >
          {!pending && <UserCheck aria-hidden="true" />}
          {t('acknowledge')}
        </Button>
      )}
      <Button
        look="secondary"
        size="sm"
        aria-label={t('resolveNamed', { title })}
        onClick={() => setAsking(true)}
      >
        <Check aria-hidden="true" />
        {t('resolve')}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t('resolveTitle')}
        description={t('resolveText', { title })}
        confirmLabel={t('resolveConfirm')}
        look="primary"
        onConfirm={resolve}
      />
    </>
  )
}
