import { useTranslations } from 'next-intl'
import { Skeleton } from '@/components/ui/skeleton'

export default function Loading() {
  const t = useTranslations('shell')
  return (
    <div className="grid gap-6">
      <p role="status" className="sr-only">
        {t('loading')}
      </p>
      <Skeleton className="h-8 w-48" />
      <Skeleton className="h-24" />
      <Skeleton className="h-96" />
    </div>
  )
}
