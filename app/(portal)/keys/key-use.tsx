'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useOptimistic, useTransition } from 'react'
import { callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { Button } from '@/components/ui/button'
import { Switch } from '@/components/ui/checkbox'
import { useToast } from '@/components/ui/toast'
import { useRunning } from '@/components/use-running'
import type { KeyStatus } from './key-list'

type Props = { id: string; name: string; status: KeyStatus }

/** Disables or enables with one click. */
export function KeyUseSwitch(props: Props) {
  const t = useTranslations('keys')
  const { shown, toggle } = useKeyUse(props)
  const running = useRunning()
  return (
    <Switch
      aria-label={t('useNamed', { name: props.name })}
      disabled={!running}
      checked={shown !== 'disabled'}
      onChange={toggle}
    />
  )
}

export function KeyUseButton(props: Props) {
  const t = useTranslations('keys')
  const { pending, toggle } = useKeyUse(props)
  return (
    <Button look="secondary" pending={pending} onClick={toggle}>
      {props.status === 'disabled' ? t('enable') : t('disable')}
    </Button>
  )
}

/** Shows the change at once, makes it, and offers in a toast to take it back. */
function useKeyUse({ id, name, status }: Props) {
  const t = useTranslations('keys')
  const router = useRouter()
  const toast = useToast()
  const showError = useErrorToast()
  const [pending, start] = useTransition()
  const [shown, show] = useOptimistic(status)

  function change(to: KeyStatus, done: () => void) {
    start(async () => {
      show(to)
      const result = await setStatus(id, to)
      if (result.ok) done()
      else showError(result.error)
      start(() => router.refresh())
    })
  }

  function toggle() {
    const disabled = status === 'disabled'
    const undo = () => change(status, () => toast({ title: t('undone', { name }), tone: 'good' }))
    change(disabled ? 'active' : 'disabled', () =>
      toast({
        title: disabled ? t('enabled', { name }) : t('disabled', { name }),
        text: disabled ? undefined : t('disabledText'),
        tone: 'good',
        action: { label: t('undo'), run: undo },
      }),
    )
  }
  return { shown, pending, toggle }
}

async function setStatus(id: string, to: KeyStatus) {
  if (to === 'standby') return await callAdmin('PATCH', `/keys/${id}`, { status: to })
  return await callAdmin('POST', `/keys/${id}/${to === 'disabled' ? 'disable' : 'enable'}`)
}
