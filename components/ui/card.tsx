import type { ReactNode } from 'react'

/** A titled panel; `flush` lets a table reach its edges. */
export function Card({
  title,
  description,
  actions,
  flush = false,
  children,
}: {
  title?: ReactNode
  description?: ReactNode
  actions?: ReactNode
  flush?: boolean
  children: ReactNode
}) {
  return (
    <section className="min-w-0 overflow-hidden rounded-lg border bg-card text-card-foreground">
      {(title || actions) && (
        <div
          className={`flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-4 pt-3.5 sm:px-5 ${flush ? 'pb-3.5' : ''}`}
        >
          <div className="min-w-0">
            {title && <h2 className="text-sm font-semibold">{title}</h2>}
            {description && <p className="mt-0.5 text-sm text-muted-foreground">{description}</p>}
          </div>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </div>
      )}
      <div className={flush ? 'border-t first:border-t-0' : 'px-4 py-4 sm:px-5'}>{children}</div>
    </section>
  )
}
