import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { TimeChart } from '@/components/charts/time-chart'
import { withParams } from '@/components/data-table/query'
import { quantity } from '@/components/quantity'
import { Card } from '@/components/ui/card'
import { useErrorWords } from '../keys/key-badges'
import type { RangeName, Report } from './report'

/** Calls over time, and what the failed ones failed with. */
export function CallsCard({
  report,
  range,
  timeZone,
}: {
  report: Report
  range: RangeName
  timeZone: string
}) {
  const t = useTranslations('overview')
  const { requests, refused } = report.sums
  return (
    <Card title={t('calls')} description={t('callsNote')}>
      {requests + refused === 0 ? (
        <p className="py-10 text-center text-sm text-muted-foreground">{t('noCallsText')}</p>
      ) : (
        <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_16rem]">
          <TimeChart
            title={t('calls')}
            points={report.points}
            step={report.step}
            timeZone={timeZone}
            barUnit="count"
            bars={[
              { id: 'succeeded', name: t('succeeded'), color: 1 },
              { id: 'failed', name: t('failed'), color: 3 },
              { id: 'refused', name: t('refused'), color: 0 },
            ]}
          />
          <ErrorList report={report} range={range} />
        </div>
      )}
    </Card>
  )
}

function ErrorList({ report: { errors, sums }, range }: { report: Report; range: RangeName }) {
  const t = useTranslations('overview')
  const format = useFormatter()
  const words = useErrorWords()
  return (
    <section aria-labelledby="errors-by-class" className="min-w-0">
      <h3 id="errors-by-class" className="text-sm font-medium">
        {t('errorsByClass')}
      </h3>
      {errors.length === 0 ? (
        <p className="mt-2 text-sm text-muted-foreground">{t('noErrors')}</p>
      ) : (
        <ul className="mt-1 divide-y text-sm">
          {errors.map(({ class: errorClass, errors: count }) => (
            <li key={errorClass} className="flex items-baseline justify-between gap-3 py-1.5">
              <Link
                href={withParams('/usage/requests', {}, { range, error_class: errorClass })}
                className="min-w-0 truncate rounded text-primary hover:underline"
              >
                {words(errorClass)}
              </Link>
              <span className="whitespace-nowrap tabular-nums">
                {quantity(format, count, 'count')}{' '}
                <span className="text-muted-foreground">
                  {quantity(format, sums.requests > 0 ? count / sums.requests : null, 'percent')}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
