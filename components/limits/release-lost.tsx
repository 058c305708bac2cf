'use client'

import { useRouter } from 'next/navigation'
import { useFormatter, useTranslations } from 'next-intl'
import { useState } from 'react'
import { callAdmin } from '../call-admin'
import { quantity } from '../quantity'
import { ConfirmDialog } from '../ui/confirm-dialog'
import { useToast } from '../ui/toast'

/** Lost money of a budget's current window, and the button that makes it available again. */
export function ReleaseLost({ id, windowStart, lost }: { id: string; windowStart: string; lost: number }) {
  const t = useTranslations('limits')
  const format = useFormatter()
  const router = useRouter()
  const toast = useToast()
  const [open, setOpen] = useState(false)
  const usd = (amount: number) => quantity(format, amount, 'usd')

  async function release() {
    const body = { window_start: windowStart }
    const result = await callAdmin<{ released_usd: number }>('POST', `/budgets/${id}/release-lost`, body)
    if (result.ok) {
      toast({ title: t('released', { amount: usd(result.data.released_usd) }), tone: 'good' })
      router.refresh()
    }
    return result
  }

  return (
    <>
      <button
        type="button"
        className="cursor-pointer rounded text-primary underline underline-offset-4 hover:no-underline"
        onClick={() => setOpen(true)}
      >
        {t('release')}
      </button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t('releaseTitle', { amount: usd(lost) })}
        description={t('releaseText')}
        confirmLabel={t('release')}
        onConfirm={release}
      />
    </>
  )
}
