'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useTransition } from 'react'
import { callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { Button } from '@/components/ui/button'
import { useToast } from '@/components/ui/toast'
import type { App } from '@/lib/data/apps'

/** Disables or enables with one click, which a toast offers to take back. */
export function AppUseButton({
  id,
  name,
  status,
  size = 'md',
}: {
  id: string
  name: string
  status: App['status']
  size?: 'sm' | 'md'
}) {
  const t = useTranslations('apps')
  const router = useRouter()
  const toast = useToast()
  const showError = useErrorToast()
  const [pending, start] = useTransition()
  const other = status === 'enabled' ? 'disabled' : 'enabled'

  async function change(to: App['status'], done: () => void) {
    const result = await callAdmin('PATCH', `/apps/${id}`, { status: to })
    if (result.ok) done()
    else showError(result.error)
    start(() => router.refresh())
  }

  function toggle() {
    const undo = () =>
      start(() => change(status, () => toast({ title: t('undone', { name }), tone: 'good' })))
    start(() =>
      change(other, () =>
        toast({
          title: other === 'enabled' ? t('isEnabled', { name }) : t('isDisabled', { name }),
          text: other === 'enabled' ? undefined : t('isDisabledText'),
          tone: 'good',
          action: { label: t('undo'), run: undo },
        }),
      ),
    )
  }

  return (
    <Button
      look="secondary"
      size={size}
      pending={pending}
      onClick={toggle}
      aria-label={other === 'enabled' ? t('enableNamed', { name }) : t('disableNamed', { name })}
    >
      {other === 'enabled' ? t('enable') : t('disable')}
    </Button>
  )
}
