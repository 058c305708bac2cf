'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useOptimistic, useTransition } from 'react'
import { useAddressFlag } from '@/components/address-flag'
import { callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { Button } from '@/components/ui/button'
import { Switch } from '@/components/ui/checkbox'
import { useToast } from '@/components/ui/toast'

export function EditProvider({ id, name }: { id: string; name: string }) {
  const t = useTranslations('providers')
  const [, open] = useAddressFlag('edit')
  return (
    <Button look="secondary" size="sm" aria-label={t('editTitle', { name })} onClick={() => open(id)}>
      {t('edit')}
    </Button>
  )
}

/** Switches a provider at once; a toast offers to take it back. */
export function EnabledSwitch({ id, name, enabled }: { id: string; name: string; enabled: boolean }) {
  const t = useTranslations('providers')
  const router = useRouter()
  const toast = useToast()
  const showError = useErrorToast()
  const [, start] = useTransition()
  const [shown, show] = useOptimistic(enabled)

  function change(to: boolean, undoable: boolean) {
    start(async () => {
      show(to)
      const result = await callAdmin('PATCH', `/providers/${id}`, { enabled: to })
      if (result.ok) {
        toast({
          title: to ? t('switchedOn', { name }) : t('switchedOff', { name }),
          tone: 'good',
          action: undoable ? { label: t('undo'), run: () => change(!to, false) } : undefined,
        })
      } else showError(result.error)
      start(() => router.refresh())
    })
  }

  return (
    <Switch
      aria-label={t('enabledOf', { name })}
      checked={shown}
      onChange={(event) => change(event.target.checked, true)}
    />
  )
}
