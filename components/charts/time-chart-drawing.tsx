'use client'

import { useFormatter, useLocale } from 'next-intl'
import { type PointerEvent, useEffect, useRef, useState } from 'react'
import { quantity, shortQuantity, type Unit } from '../quantity'
import { type Point, type Series, timeFormat } from './prepare'
import { labelEvery, linePath, niceTicks, stack } from './scale'
import { seriesFill, seriesSwatch } from './series-color'
import type { TimeChartProps } from './time-chart'

const [height, top, bottom] = [256, 8, 24]
const letter = 7
const labelGap = 64
/** Of a label below the chart, which must not reach beyond its edge. */
const halfLabel = 18

/** Drawn here: a chart library alone weighs more than the rest of a page. */
export function TimeChartDrawing(props: TimeChartProps) {
  const { title, points, step, timeZone, bars, barUnit, lines = [], lineUnit = 'ms', mark } = props
  const format = useFormatter()
  const times = timeFormat(step, timeZone, useLocale())
  const [box, width] = useWidth()
  const [hovered, setHovered] = useState<number>()

  const barIds = bars.map(({ id }) => id)
  const barAxis = axis(
    points.map((point) => stack(point.values, barIds).at(-1)?.to ?? 0),
    barUnit,
  )
  const lineAxis = axis(
    points.flatMap(({ values }) => lines.map(({ id }) => values[id] ?? 0)),
    lineUnit,
  )
  const labels = ({ ticks, unit }: Axis) => ticks.map((tick) => shortQuantity(format, tick, unit))
  const hasBoth = bars.length > 0 && lines.length > 0
  const leftAxis = bars.length > 0 ? barAxis : lineAxis
  const [leftLabels, rightLabels] = [labels(leftAxis), labels(lineAxis)]
  const left = room(leftLabels)
  const right = width - (hasBoth ? room(rightLabels) : letter)
  const band = (right - left) / points.length
  const middle = (index: number) => left + (index + 0.5) * band

  function hover(event: PointerEvent<SVGSVGElement>) {
    const index = Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left - left) / band)
    setHovered(points[index] ? index : undefined)
  }

  const marked = points.findIndex(({ time }) => time === mark?.time)
  const shown = hovered === undefined ? undefined : points[hovered]
  return (
    <div ref={box} className="relative h-64">
      <svg
        role="img"
        aria-label={title}
        width={width}
        height={height}
        className="block fill-muted-foreground"
        onPointerMove={hover}
        onPointerLeave={() => setHovered(undefined)}
      >
        {leftAxis.ticks.map((tick, index) => (
          <g key={tick}>
            <line
              x1={left}
              x2={right}
              y1={leftAxis.y(tick)}
              y2={leftAxis.y(tick)}
              className="stroke-border"
            />
            <text x={left - 6} y={leftAxis.y(tick)} dy="0.32em" textAnchor="end">
              {leftLabels[index]}
            </text>
          </g>
        ))}
        {hasBoth &&
          lineAxis.ticks.map((tick, index) => (
            <text key={tick} x={right + 6} y={lineAxis.y(tick)} dy="0.32em">
              {rightLabels[index]}
            </text>
          ))}
        {hovered !== undefined && (
          <rect
            x={left + hovered * band}
            y={top}
            width={band}
            height={height - top - bottom}
            className="fill-muted"
          />
        )}
        {points.map((point, index) => (
          <Bar key={point.time} point={point} bars={bars} x={middle(index)} band={band} y={barAxis.y} />
        ))}
        {lines.map((series) => (
          <path
            key={series.id}
            d={linePath(
              points.map(({ values }) => values[series.id] ?? null),
              middle,
              lineAxis.y,
            )}
            fill="none"
            stroke={seriesFill(series)}
            strokeWidth="2"
            strokeLinejoin="round"
          />
        ))}
        {marked >= 0 && (
          <line
            x1={middle(marked)}
            x2={middle(marked)}
            y1={top}
            y2={height - bottom}
            strokeWidth="2"
            strokeDasharray="4 3"
            className="stroke-foreground"
          />
        )}
        {points.map(({ time }, index) =>
          index % labelEvery(band, labelGap) === 0 ? (
            <text
              key={time}
              x={Math.min(middle(index), width - halfLabel)}
              y={height - 6}
              textAnchor="middle"
            >
              {times.tick(time)}
            </text>
          ) : null,
        )}
      </svg>
      {shown && hovered !== undefined && (
        <div
          className="pointer-events-none absolute top-2 z-10 max-w-72 min-w-40"
          style={
            middle(hovered) < width / 2
              ? { left: middle(hovered) + 12 }
              : { right: width - middle(hovered) + 12 }
          }
        >
          <Values time={times.full(shown.time)} values={shown.values} series={bars} unit={barUnit} />
          {lines.length > 0 && <Values values={shown.values} series={lines} unit={lineUnit} />}
        </div>
      )}
    </div>
  )
}

/** How wide the chart may be; again whenever that changes. */
function useWidth() {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(640)
  useEffect(() => {
    if (!box.current) return
    const observer = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(160, entry.contentRect.width)),
    )
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [])
  return [box, width] as const
}

type Axis = ReturnType<typeof axis>

function axis(values: number[], unit: Unit) {
  const ticks = niceTicks(Math.max(0, ...values), unit === 'count' || unit === 'tokens')
  const highest = ticks.at(-1) ?? 1
  return { ticks, unit, y: (value: number) => height - bottom - (value / highest) * (height - top - bottom) }
}

function room(labels: string[]): number {
  return Math.max(...labels.map((label) => label.length)) * letter + 10
}

function Bar({
  point,
  bars,
  x,
  band,
  y,
}: {
  point: Point
  bars: Series[]
  x: number
  band: number
  y: (value: number) => number
}) {
  const width = Math.min(48, Math.max(1, band * 0.75))
  const parts = stack(
    point.values,
    bars.map(({ id }) => id),
  )
  return parts.map(({ id, from, to }) => (
    <rect
      key={id}
      x={x - width / 2}
      y={y(to)}
      width={width}
      // Something that happened once must be seen beside a thousand.
      height={Math.max(1, y(from) - y(to))}
      fill={seriesFill(bars.find((series) => series.id === id) ?? { id, name: id })}
    />
  ))
}

function Values({
  time,
  values,
  series,
  unit,
}: {
  time?: string
  values: Point['values']
  series: Series[]
  unit: Unit
}) {
  const format = useFormatter()
  return (
    <div className="grid gap-1 border-x bg-card px-3 py-1.5 text-xs text-card-foreground shadow-lg first:rounded-t-md first:border-t first:pt-2 last:rounded-b-md last:border-b last:pb-2">
      {time && <p className="font-medium">{time}</p>}
      {series.map((one) => (
        <p key={one.id} className="flex items-center gap-2">
          <span aria-hidden="true" className={`size-2.5 shrink-0 rounded-xs ${seriesSwatch(one)}`} />
          <span className="min-w-0 flex-1 truncate text-muted-foreground">{one.name}</span>
          <span className="tabular-nums">{quantity(format, values[one.id], unit)}</span>
        </p>
      ))}
    </div>
  )
}
