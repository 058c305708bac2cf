'use client'

import { Archive } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'

/** Archiving cannot be undone, so its name must be typed. */
export function ArchiveApp({ id, name, keys }: { id: string; name: string; keys: number }) {
  const t = useTranslations('archiveApp')
  const router = useRouter()
  const toast = useToast()
  const [open, setOpen] = useState(false)

  async function archive() {
    const result = await callAdmin('DELETE', `/apps/${id}`)
    if (result.ok) {
      toast({ title: t('archived', { name }), tone: 'good' })
      router.push('/apps')
      router.refresh()
    }
    return result
  }

  return (
    <>
      <Button look="danger" onClick={() => setOpen(true)}>
        <Archive aria-hidden="true" />
        {t('archive')}
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t('title', { name })}
        description={t('description', { keys })}
        confirmLabel={t('archive')}
        typeToConfirm={name}
        onConfirm={archive}
      />
    </>
  )
}
