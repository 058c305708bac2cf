'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { useScopeWords } from '@/components/limits/scope-words'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useToast } from '@/components/ui/toast'
import { type PolicyScope, policyPath } from './policy-draft'

/** Takes all limits, budgets and model names away again. */
export function ClearPolicy({ scope, id }: { scope: PolicyScope; id: string }) {
  const t = useTranslations('policies')
  const what = useScopeWords()(scope, id)
  const router = useRouter()
  const toast = useToast()
  const [open, setOpen] = useState(false)

  async function clear() {
    const result = await callAdmin('PUT', policyPath({ scope, name: id }), {})
    if (result.ok) {
      toast({ title: t('cleared', { what }), tone: 'good' })
      router.refresh()
    }
    return result
  }

  return (
    <>
      <Button look="ghost" size="sm" aria-label={t('clearTitle', { what })} onClick={() => setOpen(true)}>
        {t('clear')}
      </Button>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={t('clearTitle', { what })}
        description={t('clearText')}
        confirmLabel={t('clear')}
        onConfirm={clear}
      />
    </>
  )
}
