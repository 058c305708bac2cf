import { X } from 'lucide-react'
import Link from 'next/link'
import { useFormatter, useTimeZone, useTranslations } from 'next-intl'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { SegmentedLinks } from '@/components/ui/tabs'
import { usageDimensions } from '@/lib/schemas/usage-dimensions'
import { wallClock } from '@/lib/time-zone'
import { AddFilter } from './add-filter'
import { CustomRange } from './custom-range'
import { type Preset, presets } from './period'
import { adminQuery, type Selection } from './view'
import { useDimensionWords, useValueWords } from './words'

type Props = { path: string; selection: Selection; params: SearchParams }

/** The time range: presets, or two moments of the organisation's time zone. */
export function RangeControls({ path, selection: { period }, params }: Props) {
  const t = useTranslations('usageControls')
  const format = useFormatter()
  const timeZone = useTimeZone() ?? 'UTC'
  const labels: Record<Preset, string> = {
    '1h': t('range1h'),
    '24h': t('range24h'),
    '7d': t('range7d'),
    '30d': t('range30d'),
    month: t('rangeMonth'),
  }
  const { preset, range } = period
  const time = (at: Date) => format.dateTime(at, 'time')
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2">
      <SegmentedLinks
        label={t('range')}
        items={presets.map((name) => ({
          label: labels[name],
          href: withParams(path, params, { range: name, from: null, to: null }),
          current: preset === name,
        }))}
      />
      <CustomRange
        label={
          preset === null ? t('chosenRange', { from: time(range.from), to: time(range.to) }) : t('custom')
        }
        from={wallClock(range.from, timeZone).slice(0, 16)}
        to={wallClock(range.to, timeZone).slice(0, 16)}
      />
    </div>
  )
}

/** The filters in force, each with a way to take it away, and a way to add more. */
export function FilterControls({
  path,
  selection,
  params,
  names,
}: Props & {
  /** What ids of apps and keys are called. */
  names: Map<string, string>
}) {
  const t = useTranslations('usageControls')
  const dimensions = useDimensionWords()
  const valueWords = useValueWords()
  const chosen = usageDimensions.flatMap((name) =>
    (selection.filters[name] ?? []).map((value) => ({ name, value })),
  )
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2">
      <AddFilter query={adminQuery({ ...selection, filters: {} })} offered={usageDimensions} />
      {chosen.map(({ name, value }) => {
        const text = `${dimensions[name]}: ${valueWords(name, value, names.get(value))}`
        return (
          <Link
            key={`${name} ${value}`}
            href={withParams(path, params, {
              [name]: (selection.filters[name] ?? []).filter((other) => other !== value),
            })}
            scroll={false}
            prefetch={false}
            aria-label={t('remove', { filter: text })}
            className="inline-flex h-7 max-w-full items-center gap-1 rounded-full border bg-card pr-2 pl-3 text-xs hover:bg-muted"
          >
            <span className="truncate">{text}</span>
            <X aria-hidden="true" className="size-3 shrink-0" />
          </Link>
        )
      })}
      {chosen.length > 0 && (
        <Link
          href={withParams(path, params, noFilters)}
          scroll={false}
          prefetch={false}
          className="rounded text-xs text-muted-foreground underline-offset-4 hover:text-foreground hover:underline"
        >
          {t('clear')}
        </Link>
      )}
    </div>
  )
}

/** Takes every filter away. */
export const noFilters: Record<string, null> = Object.fromEntries(usageDimensions.map((name) => [name, null]))
