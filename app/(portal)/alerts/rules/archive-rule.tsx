'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'

/** Takes a rule away; its open alerts end. */
export function ArchiveRule({ id, name }: { id: string; name: string }) {
  const t = useTranslations('alertRules')
  const router = useRouter()
  const toast = useToast()
  const [open, setOpen] = useState(false)

  async function archive() {
    const result = await callAdmin('DELETE', `/alert-rules/${id}`)
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
