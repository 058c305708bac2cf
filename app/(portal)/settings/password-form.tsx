'use client'

import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { ErrorNotice } from '@/components/admin-error'
import { type AdminError, callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { useToast } from '@/components/ui/toast'

const shortestPassword = 12

type Problem = { field: 'current' | 'password' | 'repeat'; text: string }

export function PasswordForm({ email }: { email: string }) {
  const t = useTranslations('profile')
  const router = useRouter()
  const toast = useToast()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const [error, setError] = useState<AdminError>()
  const errorOf = (field: Problem['field']) => (problem?.field === field ? problem.text : undefined)

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const text = (name: string) => String(new FormData(form).get(name))
    setProblem(undefined)
    setError(undefined)
    if (text('password').length < shortestPassword) {
      return setProblem({ field: 'password', text: t('passwordShort') })
    }
    if (text('password') !== text('repeat')) return setProblem({ field: 'repeat', text: t('repeatDiffers') })
    setBusy(true)
    const result = await callAdmin('PATCH', '/me', {
      password: text('password'),
      current_password: text('current'),
    })
    setBusy(false)
    if (!result.ok) {
      if (result.error.param === 'current_password')
        return setProblem({ field: 'current', text: t('currentWrong') })
      return setError(result.error)
    }
    form.reset()
    toast({ title: t('passwordSaved') })
    router.refresh()
  }

  return (
    <form onSubmit={submit} className="grid gap-4 sm:grid-cols-2">
      {/* Tells password managers whose password it is. */}
      <input type="hidden" name="email" autoComplete="username" value={email} readOnly />
      <div className="grid gap-4 sm:col-span-2 sm:grid-cols-2">
        <Field
          label={t('current')}
          name="current"
          type="password"
          autoComplete="current-password"
          maxLength={1024}
          error={errorOf('current')}
          required
        />
      </div>
      <Field
        label={t('new')}
        name="password"
        type="password"
        autoComplete="new-password"
        maxLength={1024}
        hint={t('passwordHint')}
        error={errorOf('password')}
        required
      />
      <Field
        label={t('repeat')}
        name="repeat"
        type="password"
        autoComplete="new-password"
        maxLength={1024}
        error={errorOf('repeat')}
        required
      />
      {error && (
        <div className="sm:col-span-2">
          <ErrorNotice error={error} />
        </div>
      )}
      <div className="sm:col-span-2">
        <Button type="submit" look="secondary" pending={busy}>
          {t('changePassword')}
        </Button>
      </div>
    </form>
  )
}
