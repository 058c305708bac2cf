import { useTranslations } from 'next-intl'
import type { ChannelKind } from './channel-draft'

export function useChannelKinds(): Record<ChannelKind, string> {
  const t = useTranslations('channels')
  return { feishu: t('feishu'), webhook: t('webhook') }
}
