'use client'

import { ChevronDown } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useOptimistic, useTransition } from 'react'
import { callAdmin } from '@/components/call-admin'
import { useErrorToast } from '@/components/error-toast'
import { Button } from '@/components/ui/button'
import { Menu, MenuRadios } from '@/components/ui/menu'
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
  const showError = useErrorToast()
  const [busy, startTransition] = useTransition()
  const [shown, setShown] = useOptimistic(role)

  function change(next: Role, undo?: Role) {
    startTransition(async () => {
      setShown(next)
      const result = await callAdmin('PATCH', `/members/${id}`, { role: next })
      if (!result.ok) return showError(result.error)
      toast({
        title: t('roleChanged', { email, role: words[next].name }),
        ...(undo && { action: { label: t('undo'), run: () => change(undo) } }),
      })
      // Until the new list is there, the choice stays in sight.
      startTransition(() => router.refresh())
    })
  }

  return (
    <span title={last ? t('lastOwner') : undefined}>
      <Menu
        trigger={
          <Button
            look="secondary"
            size="sm"
            disabled={last}
            pending={busy}
            aria-label={t('roleOf', { email, role: words[shown].name })}
          >
            {words[shown].name}
            <ChevronDown aria-hidden="true" />
          </Button>
        }
      >
        <MenuRadios
          value={shown}
          onChange={(next) => next !== role && change(next, role)}
          options={roles.map((value) => ({ value, label: words[value].name, hint: words[value].text }))}
        />
      </Menu>
    </span>
  )
}
