'use client'

import { ChartColumn, Table as TableIcon } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useFormatter, useLocale, useTranslations } from 'next-intl'
import { useState } from 'react'
import { quantity, type Unit } from '../quantity'
import { IconButton } from '../ui/button'
import { Cell, HeadCell, Row, Table } from '../ui/table'
import { type Point, type Series, type Step, timeFormat } from './prepare'
import { seriesSwatch, withColors } from './series-color'

export type TimeChartProps = {
  /** Names the chart for those who cannot see it. */
  title: string
  points: Point[]
  step: Step
  timeZone: string
  /** Stacked. */
  bars: Series[]
  barUnit: Unit
  /** On an axis of their own, at the right. */
  lines?: Series[]
  lineUnit?: Unit
  /** The time of a point that is marked, and what for. */
  mark?: { time: string; name: string }
}

/** Only in the browser, which knows how wide it may be. */
const Drawing = dynamic(() => import('./time-chart-drawing').then((module) => module.TimeChartDrawing), {
  ssr: false,
  loading: () => <Loading />,
})

/** Bars over time, stacked, with lines on a second axis if there are any; the same numbers as a table at a click. */
export function TimeChart(props: TimeChartProps) {
  const t = useTranslations('ui')
  const [asTable, setAsTable] = useState(false)
  const { title, points } = props
  const [bars, lines] = [withColors(props.bars), withColors(props.lines ?? [])]
  if (points.length === 0 || bars.length + lines.length === 0) {
    return <p className="grid h-64 place-items-center text-sm text-muted-foreground">{t('noData')}</p>
  }
  return (
    <figure aria-label={title} className="grid gap-3">
      <div className="flex items-start justify-between gap-3">
        <Legend series={[...bars, ...lines]} mark={props.mark} />
        <IconButton
          size="sm"
          label={asTable ? t('showChart') : t('showTable')}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? <ChartColumn aria-hidden="true" /> : <TableIcon aria-hidden="true" />}
        </IconButton>
      </div>
      {asTable ? (
        <ChartTable {...props} />
      ) : (
        <div className="h-64 min-w-0 text-xs">
          <Drawing {...props} bars={bars} lines={lines} />
        </div>
      )}
    </figure>
  )
}

function Loading() {
  const t = useTranslations('ui')
  return <p className="grid h-64 place-items-center text-sm text-muted-foreground">{t('chartLoading')}</p>
}

function Legend({ series, mark }: { series: Series[] } & Pick<TimeChartProps, 'mark'>) {
  return (
    <ul className="flex min-w-0 flex-wrap gap-x-4 gap-y-1 pt-1 text-xs text-muted-foreground">
      {series.map((one) => (
        <li key={one.id} className="flex min-w-0 items-center gap-1.5">
          <span aria-hidden="true" className={`size-2.5 shrink-0 rounded-xs ${seriesSwatch(one)}`} />
          <span className="truncate">{one.name}</span>
        </li>
      ))}
      {mark && (
        <li className="flex min-w-0 items-center gap-1.5">
          <span aria-hidden="true" className="h-2.5 w-0 shrink-0 border-l-2 border-foreground" />
          <span className="truncate">{mark.name}</span>
        </li>
      )}
    </ul>
  )
}

function ChartTable(props: TimeChartProps) {
  const { title, points, step, timeZone, bars, barUnit, lines = [], lineUnit, mark } = props
  const t = useTranslations('ui')
  const format = useFormatter()
  const { full } = timeFormat(step, timeZone, useLocale())
  const columns = [
    ...bars.map((series) => ({ ...series, unit: barUnit })),
    ...lines.map((series) => ({ ...series, unit: lineUnit ?? barUnit })),
  ]
  return (
    <div className="overflow-hidden rounded border">
      <Table label={title} height="chart">
        <thead>
          <tr>
            <HeadCell>{t('time')}</HeadCell>
            {columns.map(({ id, name }) => (
              <HeadCell key={id} numeric>
                {name}
              </HeadCell>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map(({ time, values }) => (
            <Row key={time} selected={time === mark?.time}>
              <Cell>
                {full(time)}
                {time === mark?.time && ` · ${mark.name}`}
              </Cell>
              {columns.map(({ id, unit }) => (
                <Cell key={id} numeric>
                  {quantity(format, values[id], unit)}
                </Cell>
              ))}
            </Row>
          ))}
        </tbody>
      </Table>
    </div>
  )
}
