'use client'

import { useTranslations } from 'next-intl'
import { Button } from '@/components/ui/button'

export default function ErrorPage({
  error,
  retry,
}: {
  error: Error & { digest?: string }
  retry: () => void
}) {
  const t = useTranslations('error')
  return (
    <div className="grid justify-items-start gap-3">
      <h1 className="text-2xl font-semibold tracking-tight">{t('title')}</h1>
      <p className="text-muted-foreground">{t('text')}</p>
      {error.digest && (
        <p className="font-mono text-sm text-muted-foreground">{t('reference', { digest: error.digest })}</p>
      )}
      <Button onClick={() => retry()}>{t('retry')}</Button>
    </div>
  )
}
