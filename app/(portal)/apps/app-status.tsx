import { useTranslations } from 'next-intl'
import { Badge } from '@/components/ui/badge'
import type { App } from '@/lib/data/apps'

export function AppStatus({ status }: { status: App['status'] }) {
  const words = useAppStatusWords()
  return <Badge tone={status === 'enabled' ? 'good' : 'neutral'}>{words[status]}</Badge>
}

export function useAppStatusWords(): Record<App['status'], string> {
  const t = useTranslations('appStates')
  return { enabled: t('enabled'), disabled: t('disabled') }
}
