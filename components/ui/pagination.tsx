import type { Route } from 'next'
import { useTranslations } from 'next-intl'
import { ButtonLink } from './button'

/** For lists that are read forwards: back to the start, and on. Renders nothing where there is one page. */
export function Pagination({ firstHref, nextHref }: { firstHref?: Route; nextHref?: Route }) {
  const t = useTranslations('ui')
  if (!firstHref && !nextHref) return null
  return (
    <nav aria-label={t('pages')} className="flex justify-end gap-2">
      {firstHref && (
        <ButtonLink look="secondary" size="sm" href={firstHref}>
          {t('firstPage')}
        </ButtonLink>
      )}
      {nextHref && (
        <ButtonLink look="secondary" size="sm" href={nextHref}>
          {t('nextPage')}
        </ButtonLink>
      )}
    </nav>
  )
}
