import { cookies } from 'next/headers'
import type { ReactNode } from 'react'
import { isTheme, themeCookie } from '@/lib/theme'
import { SiteFooter } from './site-footer'
import { SiteHeader } from './site-header'

/** Around the pages that need no sign-in. */
export async function PublicFrame({ children }: { children: ReactNode }) {
  const theme = (await cookies()).get(themeCookie)?.value
  return (
    <div className="flex min-h-dvh flex-col">
      <SiteHeader />
      <main className="mx-auto w-full max-w-3xl flex-1 px-4 py-10 sm:px-6 sm:py-14">{children}</main>
      <SiteFooter theme={isTheme(theme) ? theme : 'system'} />
    </div>
  )
}
