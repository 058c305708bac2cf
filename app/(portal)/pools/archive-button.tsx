'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'

/** Archives what is at `path` of the admin API, after asking. */
export function ArchiveButton({ path, name, text }: { path: string; name: string; text: string }) {
  const t = useTranslations('archiveButton')
  const router = useRouter()
  const toast = useToast()
  const [open, setOpen] = useState(false)

  async function archive() {
    const result = await callAdmin('DELETE', path)
    if (result.ok) {
      toast({ title: t('done', { name }), tone: 'good' })
      router.refresh()
    }
    return result
  }

  return (
    <>
      <Button look="ghost" size="sm" aria-label={t('title', { name })} onClick={() => setOpen(true)}>
        {t('archive')}
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t('title', { name })}
        description={text}
        confirmLabel={t('archive')}
        onConfirm={archive}
      />
    </>
  )
}
