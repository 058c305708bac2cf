import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { quantity } from '@/components/quantity'
import { Card } from '@/components/ui/card'
import type { UsageTotals } from '@/lib/schemas/usage'
import { useErrorWords } from '../keys/key-badges'
import { notShared } from './view'

/** How many calls failed for which reason; each opens its calls. */
export function ErrorClasses({
  totals,
  params,
}: {
  totals: Pick<UsageTotals, 'errors' | 'errors_by_class'>
  params: SearchParams
}) {
  const t = useTranslations('usage')
  const words = useErrorWords()
  const classes = Object.entries(totals.errors_by_class).sort(([, a], [, b]) => b - a)
  const without = totals.errors - classes.reduce((all, [, count]) => all + count, 0)
  return (
    <Card title={t('errorClasses')} description={t('errorClassesText')}>
      {totals.errors === 0 && <p className="text-sm text-muted-foreground">{t('noErrors')}</p>}
      <ul className="grid gap-2.5">
        {classes.map(([name, count]) => (
          <li key={name}>
            <ErrorBar label={words(name)} count={count} of={totals.errors}>
              <Link
                href={withParams('/usage/requests', params, { ...notShared, error_class: name })}
                prefetch={false}
                className="rounded underline-offset-4 hover:underline"
              >
                {words(name)}
              </Link>
            </ErrorBar>
          </li>
        ))}
        {without > 0 && (
          <li>
            <ErrorBar label={t('withoutClass')} count={without} of={totals.errors}>
              {t('withoutClass')}
            </ErrorBar>
          </li>
        )}
      </ul>
    </Card>
  )
}

function ErrorBar({
  label,
  count,
  of,
  children,
}: {
  label: string
  count: number
  of: number
  children: React.ReactNode
}) {
  const format = useFormatter()
  return (
    <div className="grid grid-cols-[8rem_1fr_6.5rem] items-center gap-3 text-sm">
      <span className="truncate">{children}</span>
      <meter
        aria-label={label}
        min={0}
        max={of}
        value={count}
        className="h-2 w-full appearance-none overflow-hidden rounded-full bg-muted [&::-moz-meter-bar]:bg-destructive [&::-moz-meter-bar]:bg-none [&::-webkit-meter-bar]:h-2 [&::-webkit-meter-bar]:border-0 [&::-webkit-meter-bar]:bg-muted [&::-webkit-meter-bar]:bg-none [&::-webkit-meter-optimum-value]:bg-destructive [&::-webkit-meter-optimum-value]:bg-none"
      />
      <span className="text-right tabular-nums">
        {quantity(format, count, 'count')}
        <span className="text-muted-foreground"> · {quantity(format, count / of, 'percent')}</span>
      </span>
    </div>
  )
}
