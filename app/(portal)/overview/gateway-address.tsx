import { useTranslations } from 'next-intl'
import { CopyButton } from '@/components/copy-button'
import { Card } from '@/components/ui/card'

/** What goes into an SDK as its base URL. */
export function GatewayAddress({ address }: { address: string }) {
  const t = useTranslations('overview')
  const gateway = `${address}/api/v1`
  return (
    <Card title={t('gateway')} description={t('gatewayNote')}>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <code className="font-mono text-sm">{gateway}</code>
        <CopyButton text={gateway} label={t('copy')} done={t('copied')} />
      </p>
    </Card>
  )
}
