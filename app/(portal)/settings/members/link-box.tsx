'use client'

import { useFormatter, useTranslations } from 'next-intl'
import { CopyButton } from '@/components/copy-button'

/** A one-time link, shown this once. */
export function LinkBox({ url, expiresAt }: { url: string; expiresAt: string }) {
  const t = useTranslations('members')
  const format = useFormatter()
  const until = format.dateTime(new Date(expiresAt), 'time')
  return (
    <div className="grid gap-3">
      <p className="text-sm/6">{t('linkOnce', { until })}</p>
      <div className="flex flex-wrap items-center gap-3 rounded-md border bg-code px-3 py-2">
        <code className="min-w-0 flex-1 font-mono text-xs/5 break-all select-all">{url}</code>
        <CopyButton text={url} label={t('copy')} done={t('copied')} />
      </div>
    </div>
  )
}
