import { type LucideIcon, SearchX } from 'lucide-react'
import type { Route } from 'next'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { ButtonLink } from './button'

/** Nothing yet: says what to do next. */
export function EmptyState({
  icon: Icon,
  title,
  text,
  action,
}: {
  icon: LucideIcon
  title: string
  text: ReactNode
  action?: ReactNode
}) {
  return (
    <div className="grid justify-items-center gap-2 px-4 py-12 text-center">
      <span className="mb-1 grid size-10 place-items-center rounded-full border bg-muted text-muted-foreground">
        <Icon aria-hidden="true" className="size-5" />
      </span>
      <p className="font-medium">{title}</p>
      <p className="max-w-prose text-sm text-balance text-muted-foreground">{text}</p>
      {action && <div className="mt-3 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  )
}

/** There is something, but not with these filters. */
export function NoMatch({ clearHref }: { clearHref: Route }) {
  const t = useTranslations('ui')
  return (
    <EmptyState
      icon={SearchX}
      title={t('noMatch')}
      text={t('noMatchText')}
      action={
        <ButtonLink look="secondary" href={clearHref}>
          {t('clearFilters')}
        </ButtonLink>
      }
    />
  )
}
