'use client'

import Link from 'next/link'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState, useSyncExternalStore } from 'react'
import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { type SetupResult, submitSetup } from './submit-setup'

const shortestPassword = 12
const never = () => () => {}

export function SetupForm({ token }: { token: string }) {
  const t = useTranslations('setup')
  // Until React runs, a submit would be the browser's own and take the password elsewhere.
  const running = useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<'passwordShort' | 'repeatDiffers'>()
  const [result, setResult] = useState<SetupResult>()

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name) ?? '')
    const short = text('password').length < shortestPassword
    const wrong = short ? 'passwordShort' : text('password') !== text('repeat') ? 'repeatDiffers' : undefined
    setProblem(wrong)
    if (wrong) return
    setBusy(true)
    setResult(
      await submitSetup({
        token,
        name: text('name').trim(),
        email: text('email').trim(),
        password: text('password'),
      }),
    )
    setBusy(false)
  }

  if (result?.state === 'done') return <Done email={result.email} />
  if (result?.state === 'expired') {
    return (
      <Notice tone="warning" role="alert" title={t('expired')}>
        <p>{t('expiredNext')}</p>
      </Notice>
    )
  }
  return (
    <form method="post" onSubmit={submit} className="grid gap-6">
      <noscript>
        <p className="text-sm">{t('noScript')}</p>
      </noscript>
      <fieldset disabled={!running || busy} className="grid gap-5">
        <Field label={t('name')} name="name" autoComplete="name" maxLength={100} required />
        <Field label={t('email')} name="email" type="email" autoComplete="username" required />
        <Field
          label={t('password')}
          name="password"
          type="password"
          autoComplete="new-password"
          hint={t('passwordHint')}
          error={problem === 'passwordShort' ? t('passwordShort') : undefined}
          required
        />
        <Field
          label={t('repeat')}
          name="repeat"
          type="password"
          autoComplete="new-password"
          error={problem === 'repeatDiffers' ? t('repeatDiffers') : undefined}
          required
        />
        <Button type="submit">{busy ? t('submitting') : t('submit')}</Button>
      </fieldset>
      {result && <Failure result={result} />}
    </form>
  )
}

function Failure({ result }: { result: Extract<SetupResult, { state: 'refused' | 'failed' }> }) {
  const t = useTranslations('setup')
  const refused = result.state === 'refused'
  return (
    <Notice tone="error" role="alert" title={refused ? t('refused') : t('failed')}>
      <p>{refused ? result.message : t('failedNext')}</p>
    </Notice>
  )
}

function Done({ email }: { email: string }) {
  const t = useTranslations('setup')
  return (
    <Notice tone="success" role="status" title={t('done')}>
      <p>{t('doneFor', { email })}</p>
      <p>{t('doneNext')}</p>
      <Link href="/" className="justify-self-start rounded text-primary underline underline-offset-4">
        {t('doneStart')}
      </Link>
    </Notice>
  )
}
