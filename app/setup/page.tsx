import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { getTranslations } from 'next-intl/server'
import { ClientMessages } from '@/components/client-messages'
import { Notice } from '@/components/ui/notice'
import { readOwnership } from '../ownership'
import { SetupForm } from './setup-form'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('setup')
  return { title: t('title'), robots: { index: false } }
}

/** Exists only while there is no owner. */
export default async function SetupPage({ searchParams }: PageProps<'/setup'>) {
  if ((await readOwnership()) === 'owned') notFound()
  const [t, { token }] = await Promise.all([getTranslations('setup'), searchParams])
  return (
    <div className="mx-auto grid max-w-md gap-6">
      <div>
        <h1 className="text-2xl font-semibold tracking-tight">{t('title')}</h1>
        <p className="mt-2 text-sm/6 text-muted-foreground">{t('lead')}</p>
      </div>
      {typeof token === 'string' && token !== '' ? (
        <ClientMessages namespaces={['account', 'adminError', 'setup']}>
          <SetupForm token={token} />
        </ClientMessages>
      ) : (
        <Notice tone="warning" title={t('noToken')}>
          <p>{t('noTokenNext')}</p>
        </Notice>
      )}
    </div>
  )
}
