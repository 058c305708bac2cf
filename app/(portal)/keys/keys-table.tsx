import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import type { SearchParams, Sort } from '@/components/data-table/query'
import { SortHeader } from '@/components/data-table/sort-header'
import { quantity } from '@/components/quantity'
import { Tag } from '@/components/ui/badge'
import { Cell, HeadCell, Row, Table, TableFrame } from '@/components/ui/table'
import type { Balance } from '@/lib/data/balances'
import { nanosToUsd } from '@/lib/format'
import { KeyBadges, useErrorWords } from './key-badges'
import { KeyBalance } from './key-balance'
import type { KeyColumn, KeyRow } from './key-list'
import { KeyTick, KeyTickAll } from './key-ticks'
import { KeyUseSwitch } from './key-use'

/** One row a key; `mayChange` adds the buttons. */
export function KeysTable({
  rows,
  balances,
  sort,
  params,
  mayChange,
}: {
  rows: KeyRow[]
  /** By key. */
  balances: Map<string, Balance>
  sort: Sort<KeyColumn>
  params: SearchParams
  mayChange: boolean
}) {
  const t = useTranslations('keys')
  const header = { sort, params, path: '/keys' }
  return (
    <TableFrame>
      <Table label={t('title')}>
        <thead>
          <tr>
            <HeadCell>
              <KeyTickAll ids={rows.map((row) => row.id)} />
            </HeadCell>
            <SortHeader column="name" {...header}>
              {t('key')}
            </SortHeader>
            <SortHeader column="status" {...header}>
              {t('status')}
            </SortHeader>
            <SortHeader column="requests" numeric {...header}>
              {t('requests')}
            </SortHeader>
            <SortHeader column="success" numeric {...header}>
              {t('success')}
            </SortHeader>
            <SortHeader column="average" numeric {...header}>
              {t('average')}
            </SortHeader>
            <SortHeader column="spend" numeric {...header}>
              {t('spend')}
            </SortHeader>
            <SortHeader column="last_used" {...header}>
              {t('lastUsed')}
            </SortHeader>
            <SortHeader column="last_error" {...header}>
              {t('lastError')}
            </SortHeader>
            {mayChange && <HeadCell>{t('inUse')}</HeadCell>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <KeyLine key={row.id} row={row} balances={balances} mayChange={mayChange} />
          ))}
        </tbody>
      </Table>
    </TableFrame>
  )
}

function KeyLine({
  row,
  balances,
  mayChange,
}: {
  row: KeyRow
  balances: Map<string, Balance>
  mayChange: boolean
}) {
  const format = useFormatter()
  return (
    <Row>
      <Cell>
        <KeyTick id={row.id} name={row.name} />
      </Cell>
      <Cell>
        <KeyName row={row} />
      </Cell>
      <Cell>
        <KeyBadges status={row.status} trouble={row.trouble} />
      </Cell>
      <Cell numeric>
        {quantity(format, row.requests, 'count')}
        <Failures count={row.failures} />
      </Cell>
      <Cell numeric>{quantity(format, row.success, 'percent')}</Cell>
      <Cell numeric>{quantity(format, row.averageMs, 'ms')}</Cell>
      <Cell numeric>
        {quantity(format, nanosToUsd(row.spendNanos), 'usd')}
        <KeyBalance balance={balances.get(row.id)} />
      </Cell>
      <Cell>
        <Ago at={row.lastUsedAt} />
      </Cell>
      <Cell>
        <LastError row={row} />
      </Cell>
      {mayChange && (
        <Cell>
          <KeyUseSwitch id={row.id} name={row.name} status={row.status} />
        </Cell>
      )}
    </Row>
  )
}

function Failures({ count }: { count: number }) {
  const t = useTranslations('keys')
  if (count === 0) return null
  return <span className="block text-xs text-destructive">{t('failures', { count })}</span>
}

function KeyName({ row }: { row: KeyRow }) {
  return (
    <div className="grid min-w-36 gap-0.5">
      <span className="flex flex-wrap items-center gap-x-1.5 gap-y-1">
        <Link
          href={`/keys/${row.id}`}
          className="rounded font-medium whitespace-nowrap underline-offset-4 hover:underline"
        >
          {row.name}
        </Link>
        {row.tags.map((tag) => (
          <Tag key={tag}>{tag}</Tag>
        ))}
      </span>
      <span className="text-xs text-muted-foreground">
        {[row.provider, row.environment, row.owner].filter(Boolean).join(' · ')}
      </span>
    </div>
  )
}

function LastError({ row: { lastError } }: { row: KeyRow }) {
  const words = useErrorWords()
  if (!lastError) return '—'
  return (
    <div className="grid w-36 gap-0.5">
      <span>
        <span className="font-medium">{words(lastError.class)}</span>{' '}
        <span className="text-xs text-muted-foreground">
          <Ago at={lastError.at} />
        </span>
      </span>
      {lastError.text && (
        <span title={lastError.text} className="truncate text-xs text-muted-foreground">
          {lastError.text}
        </span>
      )}
    </div>
  )
}
