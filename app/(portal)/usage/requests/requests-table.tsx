import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { quantity } from '@/components/quantity'
import { Cell, HeadCell, Row, Table, TableFrame } from '@/components/ui/table'
import type { RequestRow } from '@/lib/data/requests'
import { nanosToUsd } from '@/lib/format'
import { useErrorWords } from '../../keys/key-badges'
import { useCostSourceWords } from '../words'
import { OutcomeBadge } from './outcome-badge'

/** Calls, newest first; the time opens one. */
export function RequestsTable({ rows }: { rows: RequestRow[] }) {
  const t = useTranslations('requests')
  return (
    <TableFrame>
      <Table label={t('table')}>
        <thead>
          <tr>
            <HeadCell>{t('time')}</HeadCell>
            <HeadCell>{t('outcome')}</HeadCell>
            <HeadCell>{t('app')}</HeadCell>
            <HeadCell>{t('model')}</HeadCell>
            <HeadCell>{t('key')}</HeadCell>
            <HeadCell numeric>{t('tokens')}</HeadCell>
            <HeadCell numeric>{t('cost')}</HeadCell>
            <HeadCell numeric>{t('latency')}</HeadCell>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <RequestLine key={row.id} row={row} />
          ))}
        </tbody>
      </Table>
    </TableFrame>
  )
}

function RequestLine({ row }: { row: RequestRow }) {
  const t = useTranslations('requests')
  const format = useFormatter()
  const errorWords = useErrorWords()
  const date = new Date(row.ts)
  const time = format.dateTime(date, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  const tokens = (value: number) => quantity(format, value, 'tokens')
  const called = row.outcome !== 'refused'
  // Codes may break after their underscores.
  const reason = row.error_class ? errorWords(row.error_class) : row.error_code?.replaceAll('_', '_\u200b')
  const remarks = [
    ...(row.outcome === 'ok' ? [] : [row.status, reason]),
    row.attempts > 1 ? t('attempts', { count: row.attempts }) : null,
  ].filter(Boolean)
  return (
    <Row>
      <Cell>
        <Link
          href={`/usage/requests/${row.id}`}
          prefetch={false}
          title={format.dateTime(date, 'exact')}
          aria-label={t('openAt', { time })}
          className="rounded font-medium whitespace-nowrap tabular-nums underline-offset-4 hover:underline"
        >
          {time}
        </Link>
      </Cell>
      <Cell>
        <span className="grid justify-items-start gap-0.5">
          <OutcomeBadge outcome={row.outcome} />
          <span className="max-w-32 text-xs text-muted-foreground">{remarks.join(' · ')}</span>
        </span>
      </Cell>
      <Cell>
        <span className="block max-w-40 truncate">{row.app_name ?? '—'}</span>
        <span className="block max-w-40 truncate text-xs text-muted-foreground">
          {row.tenant} / {row.project}
        </span>
      </Cell>
      <Cell>
        <span title={row.model} className="block max-w-36 truncate">
          {row.model || '—'}
        </span>
        {row.served_model && row.served_model !== row.model && (
          <span className="block max-w-36 truncate text-xs text-muted-foreground">→ {row.served_model}</span>
        )}
      </Cell>
      <Cell>
        <span className="block max-w-40 truncate">{row.key_name ?? '—'}</span>
        {row.provider && <span className="text-xs text-muted-foreground">{row.provider}</span>}
      </Cell>
      <Cell numeric>
        {called ? (
          <span title={t('inOut', { input: tokens(row.input_tokens), output: tokens(row.output_tokens) })}>
            {tokens(row.input_tokens + row.output_tokens)}
          </span>
        ) : (
          '—'
        )}
      </Cell>
      <Cell numeric>{called ? <Cost row={row} /> : '—'}</Cell>
      <Cell numeric>
        {quantity(format, row.latency_ms, 'ms')}
        {row.ttft_ms !== null && (
          <span className="block text-xs text-muted-foreground">
            {t('ttft', { time: quantity(format, row.ttft_ms, 'ms') })}
          </span>
        )}
      </Cell>
    </Row>
  )
}

/** An amount that no provider confirmed says so. */
function Cost({ row }: { row: RequestRow }) {
  const format = useFormatter()
  const sources = useCostSourceWords()
  const usd = quantity(format, nanosToUsd(BigInt(row.cost_nanos)), 'usd')
  if (row.cost_source === 'reported') return usd
  return (
    <span className="grid">
      {row.cost_source === 'unknown' ? '—' : usd}
      <span className="text-xs text-warning">{sources[row.cost_source]}</span>
    </span>
  )
}
