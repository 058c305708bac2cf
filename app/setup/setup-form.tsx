'use client'

import { useTranslations } from 'next-intl'
import { AccountForm } from '@/components/account-form'
import { callAdmin } from '@/components/call-admin'

export function SetupForm({ token }: { token: string }) {
  const t = useTranslations('setup')
  return (
    <AccountForm
      withName
      submitLabel={t('submit')}
      send={(account) => callAdmin('POST', '/setup', { token, ...account })}
      expired={{ title: t('expired'), text: t('expiredNext') }}
    />
  )
}
