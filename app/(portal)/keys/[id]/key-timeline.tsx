import { useFormatter, useTranslations } from 'next-intl'
import { getTimeZone } from 'next-intl/server'
import type { SearchParams } from '@/components/data-table/query'
import { duration, quantity } from '@/components/quantity'
import { Badge, type Tone } from '@/components/ui/badge'
import { Card } from '@/components/ui/card'
import { Cell, HeadCell, Row, Table } from '@/components/ui/table'
import {
  cells,
  type Lane,
  type Part,
  type PartState,
  type Span,
  timeIn,
  worstWithin,
} from '@/lib/health/timeline'
import { useErrorWords } from '../key-badges'
import { RangeLinks } from '../range-links'
import type { KeyView } from './key-moment'
import { readTimeline } from './read-timeline'

type Props = { id: string; view: KeyView; now: Date; params: SearchParams }

const slots = 240
const rowsMost = 20

const fills: Record<PartState, string> = {
  up: 'fill-success',
  cooling: 'fill-warning',
  down: 'fill-destructive',
  disabled: 'fill-input',
}
/** The worse, the higher: colours alone do not tell everybody. */
const heights: Record<PartState, number> = { up: 4, disabled: 4, cooling: 7, down: 10 }
const swatches: Record<PartState, string> = {
  up: 'bg-success',
  cooling: 'bg-warning',
  down: 'bg-destructive',
  disabled: 'bg-input',
}
const tones: Record<PartState, Tone> = { up: 'good', cooling: 'warn', down: 'bad', disabled: 'neutral' }

/** When the key was up, cooled down, was down or disabled: as strips, and what was not up as a table. */
export async function KeyTimeline(props: Props) {
  const found = await readTimeline(props.id, props.view, props.now)
  return <Drawn {...props} {...found} timeZone={await getTimeZone()} />
}

type Found = Awaited<ReturnType<typeof readTimeline>>

function Drawn({ id, view, params, lanes, span, cut, timeZone }: Props & Found & { timeZone: string }) {
  const t = useTranslations('keyTimeline')
  const format = useFormatter()
  const own = lanes[0]?.parts ?? []
  const at = view.at?.getTime() ?? null
  return (
    <Card
      title={t('title')}
      description={<Summary parts={own} />}
      actions={
        <RangeLinks
          name="chart"
          label={t('title')}
          current={view.at ? null : view.range}
          params={params}
          path={`/keys/${id}`}
        />
      }
    >
      <div className="grid gap-4">
        {at !== null && <Moment at={at} parts={own} />}
        <div className="grid gap-3">
          {lanes.map((lane) => (
            <Strip key={lane.model ?? ''} lane={lane} span={span} at={at} />
          ))}
          <Axis span={span} timeZone={timeZone} />
        </div>
        {cut && (
          <p className="text-xs text-muted-foreground">
            {t('cut', { time: format.dateTime(new Date(span.from), 'time') })}
          </p>
        )}
        <Troubles lanes={lanes} at={at} />
      </div>
    </Card>
  )
}

/** A key goes out a moment after the attempt that made it. */
function aroundMoment(at: number): Span {
  return { from: at, to: at + 1000 }
}

function Summary({ parts }: { parts: Part[] }) {
  const words = usePartWords()
  const format = useFormatter()
  const sums = timeIn(parts)
  const total = parts.reduce((sum, { from, to }) => sum + to - from, 0)
  const shown = (Object.keys(swatches) as PartState[]).filter((state) => state === 'up' || sums[state] > 0)
  return (
    <span className="flex flex-wrap gap-x-4 gap-y-1">
      {shown.map((state) => (
        <span key={state} className="inline-flex items-center gap-1.5">
          <span aria-hidden="true" className={`size-2.5 shrink-0 rounded-xs ${swatches[state]}`} />
          {words[state]}{' '}
          <span className="tabular-nums">
            {state === 'up'
              ? quantity(format, total > 0 ? sums.up / total : null, 'percent')
              : duration(format, sums[state])}
          </span>
        </span>
      ))}
    </span>
  )
}

/** How the key was at the moment that the address names. */
function Moment({ at, parts }: { at: number; parts: Part[] }) {
  const t = useTranslations('keyTimeline')
  const format = useFormatter()
  const words = usePartWords()
  const reasonOf = useReason()
  const found = worstWithin(parts, aroundMoment(at))
  const time = format.dateTime(new Date(at), { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
      <span className="font-medium tabular-nums">{t('at', { time })}</span>
      {found && <Badge tone={tones[found.state]}>{words[found.state]}</Badge>}
      {found && found.state !== 'up' && <span className="text-muted-foreground">{reasonOf(found)}</span>}
    </p>
  )
}

/** An SVG, because the content security policy allows no styles inside the page. The table below says the same. */
function Strip({ lane: { model, parts }, span, at }: { lane: Lane; span: Span; at: number | null }) {
  const t = useTranslations('keyTimeline')
  return (
    <div className="grid gap-1">
      {model !== null && (
        <p className="truncate text-xs text-muted-foreground">{t('onlyModel', { model })}</p>
      )}
      <svg
        aria-hidden="true"
        viewBox={`0 0 ${slots} 10`}
        preserveAspectRatio="none"
        className={`w-full rounded bg-muted ${model === null ? 'h-7' : 'h-3'}`}
      >
        {cells(parts, span, slots).map(({ start, width, state }) => (
          <rect
            key={start}
            x={start}
            y={10 - heights[state]}
            width={width}
            height={heights[state]}
            className={fills[state]}
          />
        ))}
        {at !== null && (
          <rect
            x={((at - span.from) / (span.to - span.from)) * slots - 0.5}
            width={1}
            height={10}
            className="fill-foreground"
          />
        )}
      </svg>
    </div>
  )
}

function Axis({ span: { from, to }, timeZone }: { span: Span; timeZone: string }) {
  const format = useFormatter()
  const long = to - from > 36 * 3_600_000
  const text = (time: number) =>
    format.dateTime(new Date(time), {
      timeZone,
      ...(long && { month: 'short', day: 'numeric' }),
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  return (
    <div aria-hidden="true" className="flex justify-between text-xs text-muted-foreground tabular-nums">
      {[from, (from + to) / 2, to].map((time) => (
        <span key={time}>{text(time)}</span>
      ))}
    </div>
  )
}

/** Everything that was not up, newest first. */
function Troubles({ lanes, at }: { lanes: Lane[]; at: number | null }) {
  const t = useTranslations('keyTimeline')
  const all = lanes
    .flatMap(({ model, parts }) => parts.map((one) => ({ ...one, model })))
    .filter(({ state }) => state !== 'up')
    .sort((a, b) => b.from - a.from)
  if (all.length === 0) return <p className="text-sm text-muted-foreground">{t('none')}</p>
  return (
    <div className="overflow-hidden rounded border">
      <Table label={t('table')} height="chart">
        <thead>
          <tr>
            <HeadCell>{t('state')}</HeadCell>
            <HeadCell>{t('time')}</HeadCell>
            <HeadCell numeric>{t('length')}</HeadCell>
          </tr>
        </thead>
        <tbody>
          {all.slice(0, rowsMost).map((one) => (
            <Trouble
              key={`${one.model} ${one.from}`}
              part={one}
              marked={at !== null && worstWithin([one], aroundMoment(at)) !== undefined}
            />
          ))}
        </tbody>
      </Table>
      {all.length > rowsMost && (
        <p className="border-t px-4 py-2 text-xs text-muted-foreground">
          {t('more', { count: all.length - rowsMost })}
        </p>
      )}
    </div>
  )
}

function Trouble({ part, marked }: { part: Part & { model: string | null }; marked: boolean }) {
  const t = useTranslations('keyTimeline')
  const format = useFormatter()
  const words = usePartWords()
  const reasonOf = useReason()
  const time = format.dateTime(new Date(part.since ?? part.from), {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  return (
    <Row selected={marked}>
      <Cell>
        <span className="grid justify-items-start gap-1">
          <Badge tone={tones[part.state]}>{words[part.state]}</Badge>
          <span className="text-xs text-muted-foreground">
            {part.model !== null && <>{t('onlyModel', { model: part.model })} · </>}
            {reasonOf(part)}
          </span>
        </span>
      </Cell>
      <Cell>
        <span className="text-xs tabular-nums sm:text-sm sm:whitespace-nowrap">
          {part.since === null ? t('before', { time }) : time}
        </span>
      </Cell>
      <Cell numeric>{duration(format, part.to - (part.since ?? part.from))}</Cell>
    </Row>
  )
}

function usePartWords(): Record<PartState, string> {
  const t = useTranslations('keyTimeline')
  return { up: t('up'), cooling: t('cooling'), down: t('down'), disabled: t('disabled') }
}

/** Why it was so, who noticed, and when it was to be tried again. */
function useReason(): (part: Part) => string {
  const t = useTranslations('keyTimeline')
  const format = useFormatter()
  const errorWords = useErrorWords()
  return ({ state, reason, signal, nextTryAt, by }) => {
    if (state === 'disabled') return by === null ? t('byUnknown') : t('by', { name: by })
    const parts = [
      reason === null ? null : errorWords(reason),
      signal === 'canary' ? t('canary') : signal === 'real' ? t('real') : null,
      nextTryAt === null
        ? null
        : t('nextTry', {
            time: format.dateTime(new Date(nextTryAt), { timeStyle: 'medium', hourCycle: 'h23' }),
          }),
    ]
    return parts.filter((text) => text !== null).join(' · ')
  }
}
