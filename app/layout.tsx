import './globals.css'
import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { getLocale, getTranslations } from 'next-intl/server'
import { ClientMessages } from '@/components/client-messages'
import { DemoBanner } from '@/components/shell/demo-banner'
import { isTheme, themeCookie } from '@/lib/theme'
import { isDemo } from './is-demo'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('site')
  return { title: { default: t('name'), template: '%s · AKCP' }, description: t('description') }
}

export default async function RootLayout({ children }: LayoutProps<'/'>) {
  const [jar, locale, demo] = await Promise.all([cookies(), getLocale(), isDemo()])
  const theme = jar.get(themeCookie)?.value
  return (
    <html lang={locale} data-theme={isTheme(theme) ? theme : 'system'}>
      <body>
        {demo && <DemoBanner />}
        <ClientMessages namespaces={['error']}>{children}</ClientMessages>
      </body>
    </html>
  )
}
