import { useFormatter, useTranslations } from 'next-intl'
import { Badge } from '@/components/ui/badge'
import { Cell, HeadCell, Row, Table, TableFrame } from '@/components/ui/table'
import { needsPrice, type PriceRow } from './price-list'
import { SetPrice } from './price-sheet'
import { useRate } from './rate'

/** What each model costs now, beside what the catalogue says. */
export function PricesTable({ rows, mayChange }: { rows: PriceRow[]; mayChange: boolean }) {
  const t = useTranslations('prices')
  return (
    <TableFrame>
      <Table label={t('title')}>
        <thead>
          <tr>
            <HeadCell>{t('model')}</HeadCell>
            <HeadCell>{t('source')}</HeadCell>
            <HeadCell numeric>{t('input')}</HeadCell>
            <HeadCell numeric>{t('cached')}</HeadCell>
            <HeadCell numeric>{t('output')}</HeadCell>
            <HeadCell numeric>{t('catalogue')}</HeadCell>
            <HeadCell numeric>{t('calls')}</HeadCell>
            {mayChange && (
              <HeadCell>
                <span className="sr-only">{t('actions')}</span>
              </HeadCell>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <PriceLine key={`${row.provider.slug}/${row.model}`} row={row} mayChange={mayChange} />
          ))}
        </tbody>
      </Table>
    </TableFrame>
  )
}

function PriceLine({ row, mayChange }: { row: PriceRow; mayChange: boolean }) {
  const format = useFormatter()
  const rate = useRate()
  const { inForce } = row
  return (
    <Row>
      <Cell>
        <span className="font-mono text-[0.8125rem] font-medium whitespace-nowrap">{row.model}</span>
        <span className="block text-xs whitespace-nowrap text-muted-foreground">{row.provider.name}</span>
      </Cell>
      <Cell>
        <Source row={row} />
      </Cell>
      <Cell numeric>{inForce ? rate(inForce.input) : '—'}</Cell>
      <Cell numeric>{inForce ? rate(inForce.cached ?? inForce.input) : '—'}</Cell>
      <Cell numeric>{inForce ? rate(inForce.output) : '—'}</Cell>
      <Cell numeric>
        <Catalogue row={row} />
      </Cell>
      <Cell numeric>{row.calls === null ? '—' : format.number(row.calls)}</Cell>
      {mayChange && (
        <Cell numeric>
          <SetPrice provider={row.provider.slug} model={row.model} urgent={needsPrice(row)} />
        </Cell>
      )}
    </Row>
  )
}

/** Where the price in force comes from, and which of the organisation's own is still to come. */
function Source({ row }: { row: PriceRow }) {
  const t = useTranslations('prices')
  const format = useFormatter()
  const now = Date.now()
  const coming = row.overrides.findLast((override) => Date.parse(override.effectiveFrom) > now)
  const day = (at: string) => format.dateTime(new Date(at), 'day')
  return (
    <div className="grid justify-items-start gap-0.5">
      {row.source === 'override' && <Badge tone="info">{t('ownPrice')}</Badge>}
      {row.source === 'catalogue' && <Badge>{t('cataloguePrice')}</Badge>}
      {row.source === 'none' && <Badge tone={needsPrice(row) ? 'warn' : 'neutral'}>{t('noPrice')}</Badge>}
      <span className="text-xs whitespace-nowrap text-muted-foreground">
        {row.since && t('since', { day: day(row.since) })}
        {coming && ` ${t('from', { day: day(coming.effectiveFrom) })}`}
      </span>
    </div>
  )
}

function Catalogue({ row: { catalogue } }: { row: PriceRow }) {
  const t = useTranslations('prices')
  const rate = useRate()
  if (!catalogue) return '—'
  return (
    <span className="text-muted-foreground">
      {rate(catalogue.input)} / {rate(catalogue.output)}
      {catalogue.tiered && <span className="block text-xs">{t('tiered')}</span>}
    </span>
  )
}
