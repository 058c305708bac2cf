import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { getTimeZone } from 'next-intl/server'
import type { Series } from '@/components/charts/prepare'
import { TimeChart } from '@/components/charts/time-chart'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { quantity } from '@/components/quantity'
import { Card } from '@/components/ui/card'
import { type KeySeriesPoint, type KeySeriesQuestion, readKeySeries } from '@/lib/data/key-stats'
import { portalDatabase } from '@/lib/data/portal-database'
import type { Range } from '@/lib/data/usage-range'
import type { RangeName } from './key-list'
import { averageId, momentQuestion, seriesPoints, seriesQuestion, togetherId } from './key-series'
import { RangeLinks } from './range-links'

type Props = {
  keys: { id: string; name: string }[]
  range: RangeName
  /** Shown instead of the range: the time around this moment. */
  around?: { at: Date; range: Range }
  params: SearchParams
  path: string
  /** Whether the selection can be undone here. */
  clearable?: boolean
}

/** The line has the third colour, so that it stands out from the bars. */
const lineColor = 3
const barColors = [1, 2, 4, 5, 6, 7, 8]

/** Some keys together: requests a minute as bars, average latency as a line. */
export async function KeysChart(props: Props) {
  const { range, around } = props
  const timeZone = await getTimeZone()
  const question = around
    ? momentQuestion(around.at, around.range, timeZone)
    : { ...seriesQuestion(range, new Date(), timeZone), marked: null }
  const found = await readKeySeries(
    portalDatabase(),
    props.keys.map((key) => key.id),
    question,
  )
  return <Drawn {...props} question={question} found={found} />
}

function Drawn({
  keys,
  range,
  around,
  params,
  path,
  clearable = false,
  question,
  found,
}: Props & {
  question: ReturnType<typeof seriesQuestion> & { marked: string | null }
  found: KeySeriesPoint[]
}) {
  const t = useTranslations('keysChart')
  const [first] = keys
  const single = keys.length === 1 && first
  return (
    <Card
      title={single ? t('titleOne', { name: single.name }) : t('title', { count: keys.length })}
      description={<Summary found={found} question={question} />}
      actions={
        <>
          <RangeLinks name="chart" current={around ? null : range} params={params} path={path} />
          {clearable && (
            <Link
              href={withParams(path, params, { key: null, chart: null })}
              scroll={false}
              className="rounded px-1 text-sm text-primary underline-offset-4 hover:underline"
            >
              {t('clear')}
            </Link>
          )}
        </>
      }
    >
      <TimeChart
        title={t('label')}
        points={seriesPoints(
          found,
          keys.map((key) => key.id),
          question,
        )}
        step={question.step}
        timeZone={question.timeZone}
        bars={barsOf(keys, t('requestsPerMinute', { count: keys.length }))}
        barUnit="count"
        lines={[{ id: averageId, name: t('average'), color: lineColor }]}
        lineUnit="ms"
        mark={question.marked === null ? undefined : { time: question.marked, name: t('moment') }}
      />
    </Card>
  )
}

/** A colour for each key, or one for all where there are more keys than colours. */
function barsOf(keys: Props['keys'], together: string): Series[] {
  if (keys.length === 1 || keys.length > barColors.length) {
    return [{ id: togetherId, name: together, color: 1 }]
  }
  return keys.map(({ id, name }, index) => ({ id, name, color: barColors[index] }))
}

function Summary({ found, question }: { found: KeySeriesPoint[]; question: KeySeriesQuestion }) {
  const t = useTranslations('keysChart')
  const format = useFormatter()
  const requests = found.reduce((sum, point) => sum + point.requests, 0)
  const latency = found.reduce((sum, point) => sum + point.latency_sum_ms, 0)
  return t('summary', {
    requests,
    average: quantity(format, requests > 0 ? latency / requests : null, 'ms'),
    since: format.dateTime(question.range.from, 'time'),
  })
}
