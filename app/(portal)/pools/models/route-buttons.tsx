'use client'

import { useTranslations } from 'next-intl'
import { useAddressFlag } from '@/components/address-flag'
import { Button } from '@/components/ui/button'

export function EditRoute({ id, name }: { id: string; name: string }) {
  const t = useTranslations('modelRoutes')
  const [, open] = useAddressFlag('edit')
  return (
    <Button look="secondary" size="sm" aria-label={t('editTitle', { name })} onClick={() => open(id)}>
      {t('edit')}
    </Button>
  )
}
