import { useTranslations } from 'next-intl'
import type { DeliveryRow } from '@/lib/data/channels'

/** How far a message has come. */
export function useDeliveryWords(): Record<DeliveryRow['state'], string> {
  const t = useTranslations('deliveries')
  return {
    waiting: t('waiting'),
    sending: t('sending'),
    sent: t('sent'),
    failed: t('failed'),
    unknown: t('unknown'),
  }
}
