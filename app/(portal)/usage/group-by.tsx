'use client'

import { useTranslations } from 'next-intl'
import { useId } from 'react'
import { useParams } from '@/components/data-table/filters'
import { Select } from '@/components/ui/select'
import type { UsageDimension } from '@/lib/schemas/usage-dimensions'
import { useDimensionWords } from './words'

/** One or two dimensions. */
export function GroupBy({
  by,
  and,
  offered,
}: {
  by: UsageDimension
  and: UsageDimension | null
  offered: readonly UsageDimension[]
}) {
  const t = useTranslations('usageControls')
  const dimensions = useDimensionWords()
  const { set } = useParams()
  const id = useId()
  const options = offered.map((value) => ({ value, label: dimensions[value] }))
  const labelClass = 'text-sm whitespace-nowrap text-muted-foreground'
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2">
      <span className="flex items-center gap-2">
        <label htmlFor={`${id}-by`} className={labelClass}>
          {t('groupBy')}
        </label>
        <Select
          id={`${id}-by`}
          value={by}
          options={options}
          onChange={(event) =>
            set({ by: event.target.value, ...(event.target.value === and && { and: null }) })
          }
        />
      </span>
      <span className="flex items-center gap-2">
        <label htmlFor={`${id}-and`} className={labelClass}>
          {t('and')}
        </label>
        <Select
          id={`${id}-and`}
          value={and ?? ''}
          options={[{ value: '', label: t('nothing') }, ...options.filter(({ value }) => value !== by)]}
          onChange={(event) => set({ and: event.target.value })}
        />
      </span>
    </div>
  )
}
