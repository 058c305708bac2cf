import { ArrowDown, ArrowUp } from 'lucide-react'
import Link from 'next/link'
import { useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { HeadCell } from '../ui/table'
import { nextSort, type SearchParams, type Sort, sortText, withParams } from './query'

/** A column header that sorts by its column; the choice is in the address as `sort`. */
export function SortHeader<Column extends string>({
  column,
  sort,
  path,
  params,
  numeric = false,
  children,
}: {
  column: Column
  sort: Sort<Column>
  path: string
  params: SearchParams
  /** Aligned right, and sorted from the largest first. */
  numeric?: boolean
  children: ReactNode
}) {
  const t = useTranslations('ui')
  const active = sort.column === column
  const Arrow = sort.descending ? ArrowDown : ArrowUp
  return (
    <HeadCell
      numeric={numeric}
      aria-sort={active ? (sort.descending ? 'descending' : 'ascending') : undefined}
    >
      <Link
        href={withParams(path, params, { sort: sortText(nextSort(sort, column, numeric)) })}
        scroll={false}
        prefetch={false}
        className={`inline-flex items-center gap-1 rounded hover:text-foreground ${active ? 'text-foreground' : ''}`}
      >
        {children}
        {active && (
          <>
            <Arrow aria-hidden="true" className="size-3" />
            <span className="sr-only">{sort.descending ? t('sortedDown') : t('sortedUp')}</span>
          </>
        )}
      </Link>
    </HeadCell>
  )
}
