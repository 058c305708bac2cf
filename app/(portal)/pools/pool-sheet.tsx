'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useAddressFlag } from '@/components/address-flag'
import { Button } from '@/components/ui/button'
import { Sheet } from '@/components/ui/sheet'
import type { PoolView } from './pool-card'
import { PoolForm, type PoolKeyChoice } from './pool-form'

export function AddPool() {
  const t = useTranslations('pools')
  const [, open] = useAddressFlag('edit')
  return (
    <Button onClick={() => open('new')}>
      <Plus aria-hidden="true" />
      {t('add')}
    </Button>
  )
}

/** The form of the pool that the address names: `?edit=new` or `?edit=<id>`. */
export function PoolSheet({ pools, keys }: { pools: PoolView[]; keys: PoolKeyChoice[] }) {
  const t = useTranslations('pools')
  const [wanted, set] = useAddressFlag('edit')
  const edited = pools.find((pool) => pool.id === wanted)
  const close = () => set(null)
  return (
    <Sheet
      size="lg"
      open={wanted === 'new' || edited !== undefined}
      onOpenChange={(open) => !open && close()}
      title={edited ? t('editTitle', { name: edited.name }) : t('addTitle')}
      description={edited ? undefined : t('addText')}
    >
      <PoolForm keys={keys} pools={pools} edited={edited} onClose={close} />
    </Sheet>
  )
}
