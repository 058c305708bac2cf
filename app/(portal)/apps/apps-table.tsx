import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import type { SearchParams, Sort } from '@/components/data-table/query'
import { SortHeader } from '@/components/data-table/sort-header'
import { quantity } from '@/components/quantity'
import { Cell, HeadCell, Row, Table, TableFrame } from '@/components/ui/table'
import { nanosToUsd } from '@/lib/format'
import type { AppColumn, AppRow } from './app-list'
import { AppStatus } from './app-status'
import { AppUseButton } from './app-use-button'

/** One row an app; `mayChange` adds the button. */
export function AppsTable({
  rows,
  sort,
  params,
  mayChange,
}: {
  rows: AppRow[]
  sort: Sort<AppColumn>
  params: SearchParams
  mayChange: boolean
}) {
  const t = useTranslations('apps')
  const header = { sort, params, path: '/apps' }
  return (
    <TableFrame>
      <Table label={t('title')}>
        <thead>
          <tr>
            <SortHeader column="name" {...header}>
              {t('app')}
            </SortHeader>
            <SortHeader column="status" {...header}>
              {t('status')}
            </SortHeader>
            <SortHeader column="environment" {...header}>
              {t('environment')}
            </SortHeader>
            <SortHeader column="owner" {...header}>
              {t('owner')}
            </SortHeader>
            <SortHeader column="keys" numeric {...header}>
              {t('keys')}
            </SortHeader>
            <SortHeader column="last_call" {...header}>
              {t('lastCall')}
            </SortHeader>
            <SortHeader column="requests" numeric {...header}>
              {t('requests')}
            </SortHeader>
            <SortHeader column="errors" numeric {...header}>
              {t('errors')}
            </SortHeader>
            <SortHeader column="spend" numeric {...header}>
              {t('spend')}
            </SortHeader>
            {mayChange && (
              <HeadCell>
                <span className="sr-only">{t('actions')}</span>
              </HeadCell>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <AppLine key={row.id} row={row} mayChange={mayChange} />
          ))}
        </tbody>
      </Table>
    </TableFrame>
  )
}

function AppLine({ row, mayChange }: { row: AppRow; mayChange: boolean }) {
  const t = useTranslations('apps')
  const format = useFormatter()
  return (
    <Row>
      <Cell>
        <div className="grid min-w-36 gap-0.5">
          <Link
            href={`/apps/${row.id}`}
            className="justify-self-start rounded font-medium underline-offset-4 hover:underline"
          >
            {row.name}
          </Link>
          <span className="text-xs text-muted-foreground">
            {row.tenant} / {row.project}
          </span>
        </div>
      </Cell>
      <Cell>
        <AppStatus status={row.status} />
      </Cell>
      <Cell>
        <span className="whitespace-nowrap">{row.environment}</span>
      </Cell>
      <Cell>
        <span title={row.owner ?? undefined} className="block max-w-40 truncate">
          {row.owner ?? '—'}
        </span>
      </Cell>
      <Cell numeric>
        {row.keys === 0 ? <span className="text-warning">{t('noKeys')}</span> : format.number(row.keys)}
      </Cell>
      <Cell>
        <Ago at={row.lastCallAt} />
      </Cell>
      <Cell numeric>{quantity(format, row.requests, 'count')}</Cell>
      <Cell numeric>
        <span className={row.errors > 0 ? 'font-medium text-destructive' : 'text-muted-foreground'}>
          {quantity(format, row.errors, 'count')}
        </span>
      </Cell>
      <Cell numeric>{quantity(format, nanosToUsd(row.spendNanos), 'usd')}</Cell>
      {mayChange && (
        <Cell>
          <AppUseButton id={row.id} name={row.name} status={row.status} size="sm" />
        </Cell>
      )}
    </Row>
  )
}
