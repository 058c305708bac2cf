'use client'

import { Archive } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'

/** Archives a key, which deletes its secret: so its name is asked for. */
export function ArchiveKey({ id, name }: { id: string; name: string }) {
  const t = useTranslations('keyPage')
  const router = useRouter()
  const toast = useToast()
  const [open, setOpen] = useState(false)

  async function archive() {
    const result = await callAdmin('DELETE', `/keys/${id}`)
    if (result.ok) {
      toast({ title: t('archived', { name }), tone: 'good' })
      router.push('/keys')
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
        title={t('archiveTitle', { name })}
        description={t('archiveText')}
        confirmLabel={t('archive')}
        typeToConfirm={name}
        onConfirm={archive}
      />
    </>
  )
}
