'use client'

import { Ellipsis, KeyRound, Pencil, Power, RefreshCw } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState, useTransition } from 'react'
import { callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { IconButton } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu'
import { useToast } from '@/components/ui/toast'
import type { AppKeyRow } from './app-key-list'
import type { AppOfKeys } from './app-keys'
import { EditAppKey } from './edit-app-key'
import { RotateKey } from './rotate-key'

type Status = 'enabled' | 'disabled'

/** What can be done with one app key; revoking is final, so it asks. */
export function AppKeyActions({ app, row, models }: { app: AppOfKeys; row: AppKeyRow; models: string[] }) {
  const t = useTranslations('appKeyActions')
  const { name, state } = row
  const router = useRouter()
  const toast = useToast()
  const showError = useErrorToast()
  const [, start] = useTransition()
  const [open, setOpen] = useState<'edit' | 'rotate' | 'revoke' | null>(null)
  const path = `/apps/${app.id}/keys/${row.id}`

  async function change(to: Status, done: () => void) {
    const result = await callAdmin('PATCH', path, { status: to })
    if (result.ok) done()
    else showError(result.error)
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
        <MenuItem icon={Pencil} onSelect={() => setOpen('edit')}>
          {t('edit')}
        </MenuItem>
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
      <EditAppKey
        open={open === 'edit'}
        path={path}
        edited={row}
        models={models}
        onClose={() => setOpen(null)}
      />
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
