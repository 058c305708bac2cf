'use client'

import { TriangleAlert } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { Button } from './button'

/** A page or part that could not be shown; `digest` finds it in the server's log. */
export function ErrorState({ retry, digest }: { retry: () => void; digest?: string }) {
  const t = useTranslations('error')
  return (
    <div role="alert" className="grid justify-items-center gap-2 px-4 py-16 text-center">
      <span className="mb-1 grid size-10 place-items-center rounded-full border bg-muted text-destructive">
        <TriangleAlert aria-hidden="true" className="size-5" />
      </span>
      <h1 className="text-lg font-semibold">{t('title')}</h1>
      <p className="max-w-prose text-sm text-balance text-muted-foreground">{t('text')}</p>
      {digest && <p className="font-mono text-xs text-muted-foreground">{t('reference', { digest })}</p>}
      <div className="mt-3">
        <Button onClick={retry}>{t('retry')}</Button>
      </div>
    </div>
  )
}
