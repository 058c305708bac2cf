import './globals.css'
import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { NextIntlClientProvider } from 'next-intl'
import { getLocale, getMessages, getTranslations } from 'next-intl/server'
import { SiteFooter } from '@/components/shell/site-footer'
import { SiteHeader } from '@/components/shell/site-header'
import { isTheme, themeCookie } from '@/lib/theme'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('site')
  return { title: { default: t('name'), template: '%s · AKCP' }, description: t('description') }
}

export default async function RootLayout({ children }: LayoutProps<'/'>) {
  const cookie = (await cookies()).get(themeCookie)?.value
  const theme = isTheme(cookie) ? cookie : 'system'
  return (
    <html lang={await getLocale()} data-theme={theme}>
      <body className="flex min-h-dvh flex-col">
        <SiteHeader />
        <main className="mx-auto w-full max-w-3xl flex-1 px-4 py-10 sm:px-6 sm:py-14">
          <NextIntlClientProvider messages={{ error: (await getMessages()).error }}>
            {children}
          </NextIntlClientProvider>
        </main>
        <SiteFooter theme={theme} />
      </body>
    </html>
  )
}
