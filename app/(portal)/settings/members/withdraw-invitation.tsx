'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { Button } from '@/components/ui/button'
import { useToast } from '@/components/ui/toast'

export function WithdrawInvitation({ id, email }: { id: string; email: string }) {
  const t = useTranslations('members')
  const router = useRouter()
  const toast = useToast()
  const showError = useErrorToast()
  const [busy, setBusy] = useState(false)

  async function withdraw() {
    setBusy(true)
    const result = await callAdmin('DELETE', `/invites/${id}`)
    setBusy(false)
    if (!result.ok) showError(result.error)
    else toast({ title: t('withdrawn', { email }) })
    router.refresh()
  }

  return (
    <Button
      look="secondary"
      size="sm"
      pending={busy}
      onClick={withdraw}
      aria-label={t('withdrawOf', { email })}
    >
      {t('withdraw')}
    </Button>
  )
}
