'use client'

import { useTranslations } from 'next-intl'
import { type FormEvent, useLayoutEffect, useRef, useState } from 'react'
import { type SignInResult, signIn } from '@/components/session'
import { Button } from '@/components/ui/button'
import { Field } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { useRunning } from '@/components/use-running'

export function SignInForm({ next }: { next: string }) {
  const t = useTranslations('signIn')
  const running = useRunning()
  const [busy, setBusy] = useState(false)
  const [result, setResult] = useState<SignInResult>()
  const form = useRef<HTMLFormElement>(null)

  // Ready for another try as soon as the fields are enabled again.
  useLayoutEffect(() => {
    if (result) form.current?.querySelector<HTMLInputElement>('[name=password]')?.select()
  }, [result])

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    setBusy(true)
    setResult(undefined)
    const answer = await signIn(String(fields.get('email')).trim(), String(fields.get('password')))
    // A whole new page, so that nothing of the time before remains.
    if (answer.state === 'signed-in') return window.location.assign(next)
    setResult(answer)
    setBusy(false)
  }

  return (
    <form ref={form} method="post" onSubmit={submit} className="grid gap-6">
      <noscript>
        <p className="text-sm">{t('noScript')}</p>
      </noscript>
      {result && <Failure result={result} />}
      <fieldset disabled={!running || busy} className="grid gap-5">
        <Field
          label={t('email')}
          name="email"
          type="email"
          autoComplete="username"
          maxLength={254}
          required
        />
        <Field
          label={t('password')}
          name="password"
          type="password"
          autoComplete="current-password"
          maxLength={1024}
          required
        />
        <Button type="submit" pending={busy}>
          {t('submit')}
        </Button>
      </fieldset>
    </form>
  )
}

function Failure({ result }: { result: SignInResult }) {
  const t = useTranslations('signIn')
  if (result.state === 'wrong') {
    return (
      <Notice tone="error" role="alert" title={t('wrong')}>
        <p>{t('wrongNext')}</p>
      </Notice>
    )
  }
  if (result.state === 'limited') {
    return (
      <Notice tone="warning" role="alert" title={t('limited')}>
        <p>{t('limitedNext', { minutes: Math.ceil(result.seconds / 60) })}</p>
      </Notice>
    )
  }
  return (
    <Notice tone="error" role="alert" title={t('failed')}>
      <p>{t('failedNext')}</p>
    </Notice>
  )
}
