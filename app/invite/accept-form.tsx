'use client'

import { useTranslations } from 'next-intl'
import { AccountForm } from '@/components/account-form'
import { callAdmin } from '@/components/call-admin'

export function AcceptForm({ token, email, joins }: { token: string; email: string; joins: boolean }) {
  const t = useTranslations('invite')
  return (
    <AccountForm
      email={email}
      withName={joins}
      submitLabel={joins ? t('submitJoin') : t('submitPassword')}
      send={({ name, password }) =>
        callAdmin('POST', '/invites/accept', { token, password, ...(joins && { name }) })
      }
      expired={{ title: t('expired'), text: t('expiredNext') }}
    />
  )
}
