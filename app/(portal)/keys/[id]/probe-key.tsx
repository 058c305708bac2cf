'use client'

import { Activity } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { ErrorNotice } from '@/components/admin-error'
import { type AdminResult, callAdmin } from '@/components/call-admin'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { type Probe, ProbeResultNotice } from '../probe-result'

/** Asks the provider now whether the key works. */
export function ProbeKey({ id }: { id: string }) {
  const t = useTranslations('keyPage')
  const router = useRouter()
  const [pending, setPending] = useState(false)
  const [result, setResult] = useState<AdminResult<Probe>>()

  async function probe() {
    setPending(true)
    setResult(await callAdmin<Probe>('POST', `/keys/${id}/probe`))
    setPending(false)
    router.refresh()
  }

  return (
    <>
      <Button look="secondary" pending={pending} onClick={probe}>
        {!pending && <Activity aria-hidden="true" />}
        {t('probe')}
      </Button>
      <Dialog
        open={result !== undefined}
        onOpenChange={(open) => !open && setResult(undefined)}
        title={t('probeTitle')}
        description={t('probeDescription')}
      >
        {result?.ok && <ProbeResultNotice probe={result.data} />}
        {result && !result.ok && <ErrorNotice error={result.error} />}
      </Dialog>
    </>
  )
}
