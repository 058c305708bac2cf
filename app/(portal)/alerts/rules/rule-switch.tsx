'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useOptimistic, useTransition } from 'react'
import { callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { Switch } from '@/components/ui/checkbox'
import { useToast } from '@/components/ui/toast'
import { useRunning } from '@/components/use-running'

/** Switches a rule on and off. */
export function RuleSwitch({ id, name, enabled }: { id: string; name: string; enabled: boolean }) {
  const t = useTranslations('alertRules')
  const router = useRouter()
  const toast = useToast()
  const showError = useErrorToast()
  const running = useRunning()
  const [, start] = useTransition()
  const [shown, show] = useOptimistic(enabled)

  function set(next: boolean) {
    start(async () => {
      show(next)
      const result = await callAdmin('PATCH', `/alert-rules/${id}`, { enabled: next })
      if (!result.ok) return showError(result.error)
      toast({ title: next ? t('switchedOn', { name }) : t('switchedOff', { name }), tone: 'good' })
      start(() => router.refresh())
    })
  }

  return (
    <Switch
      aria-label={t('switchNamed', { name })}
      checked={shown}
      disabled={!running}
      onChange={(event) => set(event.target.checked)}
    />
  )
}
