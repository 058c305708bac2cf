'use client'

import { Ellipsis, Link2, UserMinus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { IconButton } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Dialog } from '@/components/ui/dialog'
import { Menu, MenuItem } from '@/components/ui/menu'
import { useToast } from '@/components/ui/toast'
import { LinkBox } from './link-box'

type Link = { url: string; expires_at: string }

export function MemberActions({ id, email, last }: { id: string; email: string; last: boolean }) {
  const t = useTranslations('members')
  const router = useRouter()
  const toast = useToast()
  const showError = useErrorToast()
  const [removing, setRemoving] = useState(false)
  const [link, setLink] = useState<Link>()

  async function makeLink() {
    const result = await callAdmin<Link>('POST', `/members/${id}/password-link`)
    if (result.ok) setLink(result.data)
    else showError(result.error)
  }

  async function remove() {
    const result = await callAdmin('DELETE', `/members/${id}`)
    if (result.ok) {
      toast({ title: t('removed', { email }) })
      router.refresh()
    }
    return result
  }

  return (
    <>
      <Menu
        trigger={
          <IconButton label={t('actionsFor', { email })} size="sm">
            <Ellipsis aria-hidden="true" />
          </IconButton>
        }
      >
        <MenuItem icon={Link2} onSelect={makeLink}>
          {t('passwordLink')}
        </MenuItem>
        <MenuItem icon={UserMinus} danger disabled={last} onSelect={() => setRemoving(true)}>
          {t('remove')}
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={removing}
        onOpenChange={setRemoving}
        title={t('removeTitle', { email })}
        description={t('removeText')}
        confirmLabel={t('remove')}
        onConfirm={remove}
      />
      <Dialog
        open={link !== undefined}
        onOpenChange={(open) => !open && setLink(undefined)}
        title={t('passwordLink')}
        description={t('passwordLinkText', { email })}
      >
        {link && <LinkBox url={link.url} expiresAt={link.expires_at} />}
      </Dialog>
    </>
  )
}
