'use client'

import { useTranslations } from 'next-intl'
import type { AdminError } from './call-admin'
import { Notice } from './ui/notice'

/** `detail` is the server's own text, which is English. */
type ErrorText = { title: string; next?: string; detail?: string }

/** What the admin API refused, in the language of the page. */
export function useErrorText() {
  const t = useTranslations('adminError')

  function about({ code, param, message, hint }: AdminError): ErrorText {
    switch (code) {
      case 'unreachable':
        return { title: t('unreachable'), next: t('unreachableNext'), detail: message }
      case 'unauthorized':
        return { title: t('unauthorized'), next: t('unauthorizedNext') }
      case 'forbidden':
        return { title: t('forbidden'), next: t('forbiddenNext') }
      case 'not_found':
        return { title: t('notFound'), next: t('notFoundNext') }
      case 'conflict':
        return { title: param ? t('taken') : t('conflict'), detail: `${message} ${hint}` }
      case 'invalid_request':
        return { title: t('invalid'), detail: message }
      case 'rate_limit_exceeded':
        return { title: t('tooMany'), next: t('tooManyNext') }
      case 'service_unavailable':
        return { title: t('unavailable'), next: t('unavailableNext'), detail: message }
      case 'internal_error':
        return { title: t('internal'), next: t('internalNext') }
      default:
        return { title: message, next: hint }
    }
  }

  /** What is wrong with the field that the API calls `name`, or with a part of it. */
  function aboutField(error: AdminError | undefined, name: string): string | undefined {
    const param = error?.param
    if (!error || !(param === name || param?.startsWith(`${name}.`))) return undefined
    if (error.code === 'conflict') return t('takenField')
    const detail = error.message.replace(`${param}: `, '')
    return error.code === 'invalid_request' ? t('invalidField', { detail }) : error.message
  }
  return { about, aboutField }
}

export function ErrorNotice({ error }: { error: AdminError }) {
  const t = useTranslations('adminError')
  const { title, next, detail } = useErrorText().about(error)
  return (
    <Notice tone="error" role="alert" title={title}>
      {next && <p>{next}</p>}
      {error.code === 'unauthorized' && (
        <p>
          <a href={signInAddress()} className="rounded text-primary underline underline-offset-4">
            {t('signIn')}
          </a>
        </p>
      )}
      {detail && (
        <p lang="en" className="text-xs/5 break-words">
          {detail}
        </p>
      )}
    </Notice>
  )
}

function signInAddress(): string {
  return `/sign-in?${new URLSearchParams({ next: window.location.pathname + window.location.search })}`
}
