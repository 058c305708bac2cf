import Link from 'next/link'
import { useTranslations } from 'next-intl'

export function NotFoundMessage() {
  const t = useTranslations('notFound')
  return (
    <div className="grid justify-items-start gap-3">
      <p className="font-mono text-sm text-muted-foreground">404</p>
      <h1 className="text-2xl font-semibold tracking-tight">{t('title')}</h1>
      <p className="text-muted-foreground">{t('text')}</p>
      <Link href="/" className="rounded text-primary underline underline-offset-4 hover:no-underline">
        {t('home')}
      </Link>
    </div>
  )
}
