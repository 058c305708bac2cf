import { FlaskConicalIcon } from 'lucide-react'
import { useTranslations } from 'next-intl'

/** Says on every page of `npm run demo` that nothing on it is real. */
export function DemoBanner() {
  const t = useTranslations('demo')
  return (
    <aside
      aria-label={t('label')}
      className="flex items-center justify-center gap-2 border-b bg-muted px-4 py-1.5 text-center text-xs/5 text-muted-foreground"
    >
      <FlaskConicalIcon aria-hidden className="size-3.5 shrink-0" />
      <p>{t('text')}</p>
    </aside>
  )
}
