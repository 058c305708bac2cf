'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { useToast } from '@/components/ui/toast'

export function WithdrawInvitation({ id, email }: { id: string; email: string }) {
  const t = useTranslations('members')
  const router = useRouter()
  const toast = useToast()
  const [busy, setBusy] = useState(false)

  async function withdraw() {
    setBusy(true)
    const result = await callAdmin('DELETE', `/invites/${id}`)
    setBusy(false)
    if (!result.ok) toast({ tone: 'bad', title: result.error.message, text: result.error.hint })
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
