import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { SortHeader } from '@/components/data-table/sort-header'
import { quantity } from '@/components/quantity'
import { Card } from '@/components/ui/card'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import type { UsageSums } from '@/lib/data/usage'
import { usageTotals } from '@/lib/data/usage-totals'
import type { UsageTotals } from '@/lib/schemas/usage'
import type { UsageDimension } from '@/lib/schemas/usage-dimensions'
import { DownloadButton } from './download-button'
import type { UsageReport } from './report'
import { adminQuery, drillDown, notShared, type UsageView } from './view'
import { useDimensionWords, useGroupWords, useValueWords } from './words'

const mostRows = 200

/** The groups with their sums; a click on one shows only that one, "List" opens its requests. */
export function GroupsTable({
  view,
  report,
  params,
}: {
  view: UsageView
  report: UsageReport
  params: SearchParams
}) {
  const t = useTranslations('usage')
  const dimensions = useDimensionWords()
  const { by, and } = view
  const words = { group: dimensions[by].toLowerCase() }
  const second = and && dimensions[and].toLowerCase()
  const header = { sort: view.sort, path: '/usage', params }
  return (
    <Card
      flush
      title={second ? t('groupsTwo', { ...words, second }) : t('groups', words)}
      description={
        report.groups.length > mostRows
          ? t('shownOf', { shown: mostRows, total: report.groups.length })
          : undefined
      }
      actions={
        <>
          <DownloadButton
            href={`/api/admin/usage.csv?${adminQuery(view, { group_by: and ? `${by},${and}` : by })}`}
            fileName="usage.csv"
            label={t('downloadView')}
          />
          <DownloadButton
            href={`/api/admin/requests.csv?${adminQuery(view)}`}
            fileName="requests.csv"
            label={t('downloadRows')}
          />
        </>
      }
    >
      <Table label={t('tableLabel')}>
        <thead>
          <tr>
            <SortHeader column="name" {...header}>
              {dimensions[by]}
            </SortHeader>
            {and && <HeadCell>{dimensions[and]}</HeadCell>}
            <SortHeader column="cost" numeric {...header}>
              {t('cost')}
            </SortHeader>
            <SortHeader column="requests" numeric {...header}>
              {t('requests')}
            </SortHeader>
            <SortHeader column="errors" numeric {...header}>
              {t('errors')}
            </SortHeader>
            <SortHeader column="refused" numeric {...header}>
              {t('refused')}
            </SortHeader>
            <SortHeader column="tokens" numeric {...header}>
              {t('tokens')}
            </SortHeader>
            <SortHeader column="p95" numeric {...header}>
              {t('p95')}
            </SortHeader>
            <SortHeader column="ttft" numeric {...header}>
              {t('ttft')}
            </SortHeader>
            <HeadCell>
              <span className="sr-only">{t('openRequests')}</span>
            </HeadCell>
          </tr>
        </thead>
        <tbody>
          {report.groups.slice(0, mostRows).map((group) => (
            <GroupRow key={JSON.stringify(group.values)} group={group} view={view} params={params} />
          ))}
        </tbody>
        <tfoot>
          <tr className="[&>*]:border-t">
            <th
              scope="row"
              colSpan={and ? 2 : 1}
              className="py-2.5 pr-3 pl-4 text-left font-semibold sm:pl-5"
            >
              {t('total')}
            </th>
            <Sums sums={report.totals} strong />
            <Cell>
              <Link
                href={withParams('/usage/requests', params, notShared)}
                className="rounded whitespace-nowrap text-primary underline-offset-4 hover:underline"
              >
                {t('list')}
              </Link>
            </Cell>
          </tr>
        </tfoot>
      </Table>
    </Card>
  )
}

function GroupRow({ group, view, params }: { group: UsageSums; view: UsageView; params: SearchParams }) {
  const t = useTranslations('usage')
  const dimensions: UsageDimension[] = view.and ? [view.by, view.and] : [view.by]
  const name = useGroupWords(dimensions)(group)
  const filters = Object.fromEntries(
    dimensions.map((dimension, index) => [dimension, group.values[index] ?? null]),
  )
  const listable = !group.values.includes(null)
  return (
    <Row>
      {dimensions.map((dimension, index) => (
        <Cell key={dimension}>
          <GroupName
            view={view}
            dimension={dimension}
            value={group.values[index] ?? null}
            name={group.names[index] ?? null}
            params={params}
          />
        </Cell>
      ))}
      <Sums sums={usageTotals(group)} />
      <Cell>
        {listable && (
          <Link
            href={withParams('/usage/requests', params, { ...notShared, ...filters })}
            prefetch={false}
            aria-label={t('listOf', { name })}
            className="rounded whitespace-nowrap text-primary underline-offset-4 hover:underline"
          >
            {t('list')}
          </Link>
        )}
      </Cell>
    </Row>
  )
}

function GroupName({
  view,
  dimension,
  value,
  name,
  params,
}: {
  view: UsageView
  dimension: UsageDimension
  value: string | null
  name: string | null
  params: SearchParams
}) {
  const t = useTranslations('usage')
  const text = useValueWords()(dimension, value, name)
  if (value === null) return <span className="whitespace-nowrap text-muted-foreground">{text}</span>
  return (
    <Link
      href={withParams('/usage', params, drillDown(view, dimension, value))}
      scroll={false}
      prefetch={false}
      title={t('only', { name: text })}
      className="inline-block max-w-64 truncate rounded align-middle font-medium underline-offset-4 hover:underline"
    >
      {text}
    </Link>
  )
}

function Sums({ sums, strong = false }: { sums: UsageTotals; strong?: boolean }) {
  const format = useFormatter()
  const cells = [
    quantity(format, sums.cost_usd, 'usd'),
    quantity(format, sums.requests, 'count'),
    quantity(format, sums.errors, 'count'),
    quantity(format, sums.refused, 'count'),
    quantity(format, sums.input_tokens + sums.output_tokens, 'tokens'),
    quantity(format, sums.p95_ms, 'ms'),
    quantity(format, sums.ttft_p50_ms, 'ms'),
  ]
  return cells.map((text, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the columns never move
    <Cell key={index} numeric>
      {index === 2 && sums.errors > 0 ? (
        <span className={`text-destructive ${strong ? 'font-semibold' : 'font-medium'}`}>{text}</span>
      ) : strong ? (
        <span className="font-semibold">{text}</span>
      ) : (
        text
      )}
    </Cell>
  ))
}
