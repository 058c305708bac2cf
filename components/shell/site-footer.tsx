import { useTranslations } from 'next-intl'
import { type Theme, themes } from '@/lib/theme'

export function SiteFooter({ theme }: { theme: Theme }) {
  const t = useTranslations('site')
  const names = { system: t('themeSystem'), light: t('themeLight'), dark: t('themeDark') }
  return (
    <footer className="border-t text-sm text-muted-foreground">
      <div className="mx-auto flex max-w-3xl flex-wrap items-center justify-between gap-x-6 gap-y-2 px-4 py-4 sm:px-6">
        <p>{t('name')}</p>
        <nav aria-label={t('theme')} className="flex gap-1">
          {themes.map((choice) => (
            <a
              key={choice}
              href={`/preferences?theme=${choice}`}
              aria-current={choice === theme ? 'true' : undefined}
              className="rounded px-2 py-1 hover:text-foreground aria-[current]:bg-muted aria-[current]:text-foreground"
            >
              {names[choice]}
            </a>
          ))}
        </nav>
      </div>
    </footer>
  )
}
