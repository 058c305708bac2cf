'use client'

import { useTranslations } from 'next-intl'
import { useAddressFlag } from '@/components/address-flag'
import { Button } from '@/components/ui/button'
import { ArchiveButton } from './archive-button'

export function EditPool({ id, name }: { id: string; name: string }) {
  const t = useTranslations('pools')
  const [, open] = useAddressFlag('edit')
  return (
    <Button look="secondary" size="sm" aria-label={t('editTitle', { name })} onClick={() => open(id)}>
      {t('edit')}
    </Button>
  )
}

export function ArchivePool({ id, name }: { id: string; name: string }) {
  const t = useTranslations('pools')
  return <ArchiveButton path={`/pools/${id}`} name={name} text={t('archiveText')} />
}
