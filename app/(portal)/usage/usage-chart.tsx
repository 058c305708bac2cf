import { useTimeZone, useTranslations } from 'next-intl'
import { otherId, type Series } from '@/components/charts/prepare'
import { TimeChart } from '@/components/charts/time-chart'
import type { Unit } from '@/components/quantity'
import { Card } from '@/components/ui/card'
import { useMeasureWords } from './measure-cards'
import type { UsageReport } from './report'
import type { Measure, UsageView } from './view'
import { useDimensionWords, useGroupWords } from './words'

const units: Record<Measure, Unit> = {
  cost: 'usd',
  requests: 'count',
  tokens: 'tokens',
  errors: 'count',
  p95: 'ms',
}

/** The largest groups over time: stacked bars of what can be added up, lines of percentiles. */
export function UsageChart({ view, report }: { view: UsageView; report: UsageReport }) {
  const t = useTranslations('usage')
  const measureWords = useMeasureWords()
  const dimensions = useDimensionWords()
  const groupWords = useGroupWords(view.and ? [view.by, view.and] : [view.by])
  const timeZone = useTimeZone() ?? 'UTC'
  const { shown, total, hasOther, points } = report.series
  const isLine = view.measure === 'p95'
  const series: Series[] = shown.map((group, index) => ({ id: String(index), name: groupWords(group) }))
  if (hasOther) series.push({ id: otherId, name: t('other'), color: 0 })
  const words = { measure: measureWords[view.measure], group: dimensions[view.by].toLowerCase() }
  const title = view.and
    ? t('byTimeTwo', { ...words, second: dimensions[view.and].toLowerCase() })
    : t('byTime', words)
  const counts = { shown: shown.length, total }
  return (
    <Card
      title={title}
      description={total > shown.length ? (isLine ? t('topLines', counts) : t('topOf', counts)) : undefined}
    >
      <TimeChart
        title={title}
        points={points}
        step={report.step}
        timeZone={timeZone}
        bars={isLine ? [] : series}
        lines={isLine ? series : []}
        barUnit={units[view.measure]}
        lineUnit="ms"
      />
    </Card>
  )
}
