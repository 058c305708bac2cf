import type { Route } from 'next'
import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import { withParams } from '@/components/data-table/query'
import { quantity } from '@/components/quantity'
import { Badge, type Tone } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import type { RequestRow } from '@/lib/data/requests'
import type { Range } from '@/lib/data/usage-range'
import { nanosToUsd } from '@/lib/format'

const tones: Record<RequestRow['outcome'], Tone> = {
  ok: 'good',
  error: 'bad',
  refused: 'warn',
  client_closed: 'neutral',
  interrupted: 'warn',
}

/** The key's latest requests, or those up to a moment; each leads to its own page. */
export function KeyRequests({
  keyId,
  rows,
  around,
}: {
  keyId: string
  rows: RequestRow[]
  around: Range | null
}) {
  const t = useTranslations('keyRequests')
  const format = useFormatter()
  const words = {
    ok: t('ok'),
    error: t('error'),
    refused: t('refused'),
    client_closed: t('clientClosed'),
    interrupted: t('interrupted'),
  }
  return (
    <Card
      title={around ? t('titleAround') : t('title')}
      actions={
        rows.length > 0 && (
          <Link
            href={withParams('/usage/requests', {}, { key: keyId, ...(around && isoRange(around)) })}
            className="rounded text-sm text-primary underline-offset-4 hover:underline"
          >
            {t('all')}
          </Link>
        )
      }
      flush
    >
      {rows.length === 0 ? (
        <p className="px-4 py-6 text-sm text-muted-foreground sm:px-5">
          {around ? t('noneAround') : t('none')}
        </p>
      ) : (
        <Table label={t('title')}>
          <thead>
            <tr>
              <HeadCell>{t('time')}</HeadCell>
              <HeadCell>{t('app')}</HeadCell>
              <HeadCell>{t('model')}</HeadCell>
              <HeadCell>{t('outcome')}</HeadCell>
              <HeadCell numeric>{t('tokens')}</HeadCell>
              <HeadCell numeric>{t('cost')}</HeadCell>
              <HeadCell numeric>{t('latency')}</HeadCell>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={row.id}>
                <Cell>
                  <Link
                    href={`/usage/requests/${row.id}` as Route}
                    className="rounded underline-offset-4 hover:underline"
                  >
                    <Ago at={row.ts} />
                  </Link>
                </Cell>
                <Cell>
                  <span className="whitespace-nowrap">{row.app_name ?? '—'}</span>
                </Cell>
                <Cell>
                  <span className="whitespace-nowrap">{row.model}</span>
                </Cell>
                <Cell>
                  <Badge tone={tones[row.outcome]}>
                    {words[row.outcome]} · {row.status}
                  </Badge>
                </Cell>
                <Cell numeric>{quantity(format, row.input_tokens + row.output_tokens, 'tokens')}</Cell>
                <Cell numeric>
                  {row.cost_source === 'unknown'
                    ? '—'
                    : quantity(format, nanosToUsd(BigInt(row.cost_nanos)), 'usd')}
                </Cell>
                <Cell numeric>{quantity(format, row.latency_ms, 'ms')}</Cell>
              </Row>
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  )
}

function isoRange({ from, to }: Range) {
  return { from: from.toISOString(), to: to.toISOString() }
}
