import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { NextIntlClientProvider } from 'next-intl'
import { getMessages, getTranslations } from 'next-intl/server'
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
  const [t, { setup, account }, { token }] = await Promise.all([
    getTranslations('setup'),
    getMessages(),
    searchParams,
  ])
  return (
    <div className="mx-auto grid max-w-md gap-6">
      <div>
        <h1 className="text-2xl font-semibold tracking-tight">{t('title')}</h1>
        <p className="mt-2 text-sm/6 text-muted-foreground">{t('lead')}</p>
      </div>
      {typeof token === 'string' && token !== '' ? (
        <NextIntlClientProvider messages={{ setup, account }}>
          <SetupForm token={token} />
        </NextIntlClientProvider>
      ) : (
        <Notice tone="warning" title={t('noToken')}>
          <p>{t('noTokenNext')}</p>
        </Notice>
      )}
    </div>
  )
}
