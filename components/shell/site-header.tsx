import Link from 'next/link'
import { useLocale, useTranslations } from 'next-intl'
import { languageNames, languages } from '@/lib/i18n/languages'
import { Logo } from './logo'

export function SiteHeader() {
  const t = useTranslations('site')
  const current = useLocale()
  return (
    <header className="border-b bg-card">
      <div className="mx-auto flex max-w-3xl items-center justify-between gap-4 px-4 py-3 sm:px-6">
        <Link href="/" className="flex items-center gap-2.5 rounded font-semibold">
          <Logo className="size-7" />
          AKCP
        </Link>
        <nav aria-label={t('language')} className="flex gap-1 text-sm">
          {languages.map((language) => (
            <a
              key={language}
              href={`/preferences?language=${language}`}
              lang={language}
              aria-current={language === current ? 'true' : undefined}
              className="rounded px-2.5 py-1.5 text-muted-foreground hover:text-foreground aria-[current]:bg-muted aria-[current]:text-foreground"
            >
              {languageNames[language]}
            </a>
          ))}
        </nav>
      </div>
    </header>
  )
}
