'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useOptimistic, useTransition } from 'react'
import { callAdmin } from '@/components/call-admin'
import { Select } from '@/components/ui/select'
import { useToast } from '@/components/ui/toast'
import { type Role, roles } from '@/lib/auth/can'
import { useRoleWords } from './role-words'

/** Takes effect at once, and can be undone. */
export function RoleSelect({
  id,
  email,
  role,
  last,
}: {
  id: string
  email: string
  role: Role
  last: boolean
}) {
  const t = useTranslations('members')
  const words = useRoleWords()
  const router = useRouter()
  const toast = useToast()
  const [busy, startTransition] = useTransition()
  const [shown, setShown] = useOptimistic(role)

  function change(next: Role, undo?: Role) {
    startTransition(async () => {
      setShown(next)
      const result = await callAdmin('PATCH', `/members/${id}`, { role: next })
      if (!result.ok) return toast({ tone: 'bad', title: result.error.message, text: result.error.hint })
      toast({
        title: t('roleChanged', { email, role: words[next].name }),
        ...(undo && { action: { label: t('undo'), run: () => change(undo) } }),
      })
      // Until the new list is there, the choice stays in sight.
      startTransition(() => router.refresh())
    })
  }

  return (
    <div className="w-36" title={last ? t('lastOwner') : undefined}>
      <Select
        aria-label={t('roleOf', { email })}
        value={shown}
        disabled={last || busy}
        onChange={(event) => change(event.target.value as Role, role)}
        options={roles.map((value) => ({ value, label: words[value].name }))}
      />
    </div>
  )
}
