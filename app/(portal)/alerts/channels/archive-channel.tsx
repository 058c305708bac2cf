'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'

/** Archiving deletes the address, so it cannot be undone. */
export function ArchiveChannel({ id, name }: { id: string; name: string }) {
  const t = useTranslations('channels')
  const router = useRouter()
  const toast = useToast()
  const [open, setOpen] = useState(false)

  async function archive() {
    const result = await callAdmin('DELETE', `/channels/${id}`)
    if (result.ok) {
      toast({ title: t('archived', { name }), tone: 'good' })
      router.refresh()
    }
    return result
  }

  return (
    <>
      <Button look="ghost" size="sm" aria-label={t('archiveTitle', { name })} onClick={() => setOpen(true)}>
        {t('archive')}
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t('archiveTitle', { name })}
        description={t('archiveText')}
        confirmLabel={t('archive')}
        onConfirm={archive}
      />
    </>
  )
}
