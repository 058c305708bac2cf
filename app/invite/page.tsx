import type { Metadata } from 'next'
import { connection } from 'next/server'
import { getTranslations } from 'next-intl/server'
import { ClientMessages } from '@/components/client-messages'
import { Notice } from '@/components/ui/notice'
import { readLink } from '@/lib/auth/invites'
import { portalDatabase } from '@/lib/data/portal-database'
import { AcceptForm } from './accept-form'

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations('invite')
  return { title: t('join'), robots: { index: false } }
}

/** Where links for new members and for new passwords lead. */
export default async function InvitePage({ searchParams }: PageProps<'/invite'>) {
  await connection()
  const [t, { token }] = await Promise.all([getTranslations('invite'), searchParams])
  const link = typeof token === 'string' ? await readLink(portalDatabase().db, token) : undefined
  const joins = link?.purpose !== 'password'
  return (
    <div className="mx-auto grid max-w-md gap-6">
      <div>
        <h1 className="text-2xl font-semibold tracking-tight">{joins ? t('join') : t('newPassword')}</h1>
        {link && (
          <p className="mt-2 text-sm/6 text-muted-foreground">
            {joins ? t('joinLead') : t('newPasswordLead')}
          </p>
        )}
      </div>
      {link?.email && typeof token === 'string' ? (
        <ClientMessages namespaces={['account', 'adminError', 'invite']}>
          <AcceptForm token={token} email={link.email} joins={joins} />
        </ClientMessages>
      ) : (
        <Notice tone="warning" title={t('expired')}>
          <p>{t('expiredNext')}</p>
        </Notice>
      )}
    </div>
  )
}
