'use client'

import { UserPlus } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/admin-error'
import { type AdminError, callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, SelectField } from '@/components/ui/field'
import { type Role, roles } from '@/lib/auth/can'
import { LinkBox } from './link-box'
import { useRoleWords } from './role-words'

type NewLink = { email: string; url: string; expires_at: string }

export function InviteMember() {
  const t = useTranslations('members')
  const router = useRouter()
  const [open, setOpen] = useState(false)

  function toggle(next: boolean) {
    setOpen(next)
    // The invitation that was made is in the list behind.
    if (!next) router.refresh()
  }

  return (
    <>
      <Button size="sm" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <UserPlus aria-hidden="true" />
        {t('invite')}
      </Button>
      <Dialog open={open} onOpenChange={toggle} title={t('invite')} description={t('inviteText')}>
        <InviteForm onClose={() => toggle(false)} />
      </Dialog>
    </>
  )
}

function InviteForm({ onClose }: { onClose: () => void }) {
  const t = useTranslations('members')
  const words = useRoleWords()
  const [role, setRole] = useState<Role>('developer')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<AdminError>()
  const [link, setLink] = useState<NewLink>()

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const email = String(new FormData(event.currentTarget).get('email')).trim()
    setBusy(true)
    setError(undefined)
    const result = await callAdmin<NewLink>('POST', '/members', { email, role })
    setBusy(false)
    if (result.ok) setLink(result.data)
    else setError(result.error)
  }

  if (link) {
    return (
      <div className="grid gap-4">
        <p className="text-sm font-medium" role="status">
          {t('invited', { email: link.email })}
        </p>
        <LinkBox url={link.url} expiresAt={link.expires_at} />
        <div className="flex justify-end">
          <Button onClick={onClose}>{t('done')}</Button>
        </div>
      </div>
    )
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field label={t('email')} name="email" type="email" autoComplete="off" maxLength={254} required />
      <SelectField
        label={t('role')}
        value={role}
        onChange={(event) => setRole(event.target.value as Role)}
        hint={words[role].text}
        options={roles.map((value) => ({ value, label: words[value].name }))}
      />
      {error && <ErrorNotice error={error} />}
      <div className="flex justify-end">
        <Button type="submit" pending={busy}>
          {t('makeLink')}
        </Button>
      </div>
    </form>
  )
}
