'use client'

import { Ellipsis, KeyRound, Power, RefreshCw } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState, useTransition } from 'react'
import { callAdmin } from '@/components/call-admin'
import { IconButton } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { useToast } from '@/components/ui/toast'
import type { AppKeyState } from './app-key-list'
import type { AppOfKeys } from './app-keys'
import { RotateKey } from './rotate-key'

type Status = 'enabled' | 'disabled'

/** What can be done with one app key; revoking is final, so it asks. */
export function AppKeyActions({
  app,
  keyId,
  name,
  state,
}: {
  app: AppOfKeys
  keyId: string
  name: string
  state: AppKeyState
}) {
  const t = useTranslations('appKeyActions')
  const router = useRouter()
  const toast = useToast()
  const [, start] = useTransition()
  const [open, setOpen] = useState<'rotate' | 'revoke' | null>(null)
  const path = `/apps/${app.id}/keys/${keyId}`

  async function change(to: Status, done: () => void) {
    const result = await callAdmin('PATCH', path, { status: to })
    if (result.ok) done()
    else toast({ title: result.error.message, text: result.error.hint, tone: 'bad' })
    start(() => router.refresh())
  }

  function toggle() {
    const [from, to]: Status[] = state === 'disabled' ? ['disabled', 'enabled'] : ['enabled', 'disabled']
    if (!from || !to) return
    const undo = () => change(from, () => toast({ title: t('undone', { name }), tone: 'good' }))
    change(to, () =>
      toast({
        title: to === 'enabled' ? t('enabled', { name }) : t('disabled', { name }),
        tone: 'good',
        action: { label: t('undo'), run: undo },
      }),
    )
  }

  async function revoke() {
    const result = await callAdmin('POST', `${path}/revoke`)
    if (result.ok) {
      toast({ title: t('revoked', { name }), tone: 'good' })
      start(() => router.refresh())
    }
    return result
  }

  return (
    <>
      <Menu
        trigger={
          <IconButton label={t('menu', { name })} size="sm">
            <Ellipsis aria-hidden="true" />
          </IconButton>
        }
      >
        <MenuItem icon={RefreshCw} disabled={state !== 'enabled'} onSelect={() => setOpen('rotate')}>
          {t('rotate')}
        </MenuItem>
        <MenuItem icon={Power} disabled={state === 'expired'} onSelect={toggle}>
          {state === 'disabled' ? t('enable') : t('disable')}
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={KeyRound} danger onSelect={() => setOpen('revoke')}>
          {t('revoke')}
        </MenuItem>
      </Menu>
      <RotateKey app={app} path={path} name={name} open={open === 'rotate'} onClose={() => setOpen(null)} />
      <ConfirmDialog
        open={open === 'revoke'}
        onOpenChange={(next) => !next && setOpen(null)}
        title={t('revokeTitle', { name })}
        description={t('revokeText')}
        confirmLabel={t('revoke')}
        onConfirm={revoke}
      />
    </>
  )
}
