import './globals.css'
import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { NextIntlClientProvider } from 'next-intl'
import { getLocale, getMessages, getTranslations } from 'next-intl/server'
import { DemoBanner } from '@/components/shell/demo-banner'
import { isTheme, themeCookie } from '@/lib/theme'
import { isDemo } from './is-demo'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('site')
  return { title: { default: t('name'), template: '%s · AKCP' }, description: t('description') }
}

export default async function RootLayout({ children }: LayoutProps<'/'>) {
  const [jar, locale, { error }, demo] = await Promise.all([cookies(), getLocale(), getMessages(), isDemo()])
  const theme = jar.get(themeCookie)?.value
  return (
    <html lang={locale} data-theme={isTheme(theme) ? theme : 'system'}>
      <body>
        {demo && <DemoBanner />}
        <NextIntlClientProvider messages={{ error }}>{children}</NextIntlClientProvider>
      </body>
    </html>
  )
}
