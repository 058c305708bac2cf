import type { Metadata, Route } from 'next'
import { redirect } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { ClientMessages } from '@/components/client-messages'
import { Notice } from '@/components/ui/notice'
import { currentMember } from '@/lib/auth/session'
import { localPath } from '../local-path'
import { readOwnership } from '../ownership'
import { SignInForm } from './sign-in-form'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('signIn')
  return { title: t('title') }
}

export default async function SignInPage({ searchParams }: PageProps<'/sign-in'>) {
  const [ownership, { next }] = await Promise.all([readOwnership(), searchParams])
  const afterwards = localPath(typeof next === 'string' ? next : '/')
  if (ownership === 'owned' && (await currentMember())) redirect(afterwards as Route)
  const t = await getTranslations('signIn')
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
      <ClientMessages namespaces={['signIn']}>
        <SignInForm next={afterwards} />
      </ClientMessages>
      <p className="text-sm/6 text-muted-foreground">{t('forgotten')}</p>
    </div>
  )
}
