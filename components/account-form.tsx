'use client'

import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { ErrorNotice, useErrorText } from './admin-error'
import type { AdminError, AdminResult } from './call-admin'
import { signIn } from './session'
import { Button } from './ui/button'
import { Field } from './ui/field'
import { Notice } from './ui/notice'
import { useRunning } from './use-running'

const shortestPassword = 12

export type Account = { email: string; name: string; password: string }

/** Name and password of somebody who comes in through a one-time link; signs them in when the link was accepted. */
export function AccountForm({
  email,
  withName,
  submitLabel,
  send,
  expired,
}: {
  /** Known for invitations; the first owner types it. */
  email?: string
  withName: boolean
  submitLabel: string
  send: (account: Account) => Promise<AdminResult<unknown>>
  /** What is shown when the link no longer works. */
  expired: { title: string; text: string }
}) {
  const t = useTranslations('account')
  const running = useRunning()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<'short' | 'differs'>()
  const [error, setError] = useState<AdminError>()
  const { aboutField } = useErrorText()

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '')
    const password = text('password')
    const short = password.length < shortestPassword
    const wrong = short ? 'short' : password !== text('repeat') ? 'differs' : undefined
    setProblem(wrong)
    setError(undefined)
    if (wrong) return
    setBusy(true)
    const account = { email: text('email').trim(), name: text('name').trim(), password }
    const result = await send(account)
    if (result.ok) {
      const { state } = await signIn(account.email, password)
      return window.location.assign(state === 'signed-in' ? '/overview' : '/sign-in')
    }
    setError(result.error)
    setBusy(false)
  }

  if (error && ['forbidden', 'not_found', 'route_not_found'].includes(error.code)) {
    return (
      <Notice tone="warning" role="alert" title={expired.title}>
        <p>{expired.text}</p>
      </Notice>
    )
  }
  return (
    <form method="post" onSubmit={submit} className="grid gap-6">
      <noscript>
        <p className="text-sm">{t('noScript')}</p>
      </noscript>
      <fieldset disabled={!running || busy} className="grid gap-5">
        {withName && <Field label={t('name')} name="name" autoComplete="name" maxLength={100} required />}
        <Field
          label={t('email')}
          name="email"
          type="email"
          autoComplete="username"
          maxLength={254}
          defaultValue={email}
          readOnly={email !== undefined}
          error={aboutField(error, 'email')}
          required
        />
        <Field
          label={t('password')}
          name="password"
          type="password"
          autoComplete="new-password"
          maxLength={1024}
          hint={t('passwordHint')}
          error={problem === 'short' ? t('passwordShort') : undefined}
          required
        />
        <Field
          label={t('repeat')}
          name="repeat"
          type="password"
          autoComplete="new-password"
          maxLength={1024}
          error={problem === 'differs' ? t('repeatDiffers') : undefined}
          required
        />
        <Button type="submit" pending={busy}>
          {submitLabel}
        </Button>
      </fieldset>
      {error && error.param !== 'email' && <ErrorNotice error={error} />}
    </form>
  )
}
