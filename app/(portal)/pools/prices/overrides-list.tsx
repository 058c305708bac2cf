'use client'

import { useFormatter, useTranslations } from 'next-intl'
import { ArchiveButton } from '../archive-button'
import type { PriceRow } from './price-list'
import { useRate } from './rate'

/** The organisation's own prices of a model, latest first. */
export function OverridesList({ row }: { row: PriceRow }) {
  const t = useTranslations('prices')
  const format = useFormatter()
  const rate = useRate()
  return (
    <section className="grid gap-2">
      <h3 className="text-sm font-medium">{t('overrides')}</h3>
      <ul className="divide-y rounded-md border">
        {row.overrides.map((override) => {
          const day = format.dateTime(new Date(override.effectiveFrom), 'time')
          return (
            <li key={override.id} className="flex flex-wrap items-center justify-between gap-2 px-3 py-2">
              <span className="grid text-sm">
                {t('from', { day })}
                <span className="text-xs text-muted-foreground">
                  {t('rates', { input: rate(override.input), output: rate(override.output) })}
                </span>
              </span>
              <ArchiveButton
                path={`/prices/${override.id}`}
                name={t('priceFrom', { model: row.model, day })}
                text={t('archiveText')}
              />
            </li>
          )
        })}
      </ul>
    </section>
  )
}
