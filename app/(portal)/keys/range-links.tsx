import { useTranslations } from 'next-intl'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { SegmentedLinks } from '@/components/ui/tabs'
import { type RangeName, ranges } from './key-list'

/** The time ranges of the table (`name` is "range") or of the chart ("chart"). */
export function RangeLinks({
  name,
  label,
  current,
  params,
  path,
}: {
  name: 'range' | 'chart'
  /** What it is the time of, where a page has more than one of a kind. */
  label?: string
  /** Null: another time, which a range takes the place of. */
  current: RangeName | null
  params: SearchParams
  path: string
}) {
  const t = useTranslations('keys')
  const words = useRangeWords()
  return (
    <SegmentedLinks
      label={label ?? (name === 'range' ? t('tableRange') : t('chartRange'))}
      items={(Object.keys(ranges) as RangeName[]).map((range) => ({
        label: words[range],
        href: withParams(path, params, { [name]: range, ...(name === 'chart' && { at: null }) }),
        current: range === current,
      }))}
    />
  )
}

/** Short: they stand beside numbers. */
export function useRangeWords(): Record<RangeName, string> {
  const t = useTranslations('ranges')
  return { '1h': t('hour'), '24h': t('day'), '7d': t('week'), '30d': t('month') }
}
