'use client'

import { OctagonX } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { Button } from '../ui/button'
import { Dialog } from '../ui/dialog'
import { StopForm } from './stop-form'

/** Always at the same place: it must be found when something goes wrong. */
export function StopButton({ timeZone }: { timeZone: string }) {
  const t = useTranslations('stops')
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button look="danger" size="sm" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        <OctagonX aria-hidden="true" />
        {t('stop')}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t('title')} description={t('intro')}>
        <StopForm timeZone={timeZone} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  )
}
