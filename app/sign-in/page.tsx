import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { NextIntlClientProvider } from 'next-intl'
import { getMessages, getTranslations } from 'next-intl/server'
import { Notice } from '@/components/ui/notice'
import { currentMember } from '@/lib/auth/session'
import { readOwnership } from '../ownership'
import { SignInForm } from './sign-in-form'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('signIn')
  return { title: t('title') }
}

export default async function SignInPage({ searchParams }: PageProps<'/sign-in'>) {
  const ownership = await readOwnership()
  if (ownership === 'owned' && (await currentMember())) redirect('/')
  const [t, { signIn }, query] = await Promise.all([getTranslations('signIn'), getMessages(), searchParams])
  return (
    <div className="mx-auto grid w-full max-w-sm gap-6">
      <div>
        <h1 className="text-2xl font-semibold tracking-tight">{t('title')}</h1>
        <p className="mt-2 text-sm/6 text-muted-foreground">{t('lead')}</p>
      </div>
      {ownership === 'free' && (
        <Notice tone="warning" title={t('noOwner')}>
          <p>{t('noOwnerNext')}</p>
        </Notice>
      )}
      {ownership === 'unknown' && (
        <Notice tone="error" role="alert" title={t('unavailable')}>
          <p>{t('unavailableNext')}</p>
        </Notice>
      )}
      <NextIntlClientProvider messages={{ signIn }}>
        <SignInForm next={localPath(query.next)} />
      </NextIntlClientProvider>
      <p className="text-sm/6 text-muted-foreground">{t('forgotten')}</p>
    </div>
  )
}

/** Where to go afterwards: a path of this site only; `//…` and `/\…` would be another host. */
function localPath(next: string | string[] | undefined): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/'
}
