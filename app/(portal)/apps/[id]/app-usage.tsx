import { ChartColumn } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { ButtonLink } from '@/components/ui/button'
import { Card } from '@/components/ui/card'
import { EmptyState } from '@/components/ui/empty-state'
import { RangeControls } from '../../usage/controls'
import { ErrorClasses } from '../../usage/error-classes'
import { MeasureCards } from '../../usage/measure-cards'
import type { UsageReport } from '../../usage/report'
import { UsageChart } from '../../usage/usage-chart'
import { notShared, type UsageView } from '../../usage/view'

/** What this app used, by model; the same numbers as under Usage with this app as the filter. */
export function AppUsage({
  view,
  report,
  params,
  path,
}: {
  view: UsageView
  report: UsageReport
  params: SearchParams
  path: string
}) {
  const t = useTranslations('app')
  const { range = '30d', from, to } = params
  const filtered: SearchParams = { range: from ? undefined : range, from, to, app: view.filters.app }
  return (
    <section aria-label={t('usage')} className="grid min-w-0 gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-base font-semibold">{t('usage')}</h2>
        <div className="flex flex-wrap items-center gap-2">
          <RangeControls path={path} selection={view} params={params} />
          <ButtonLink look="secondary" href={withParams('/usage', filtered, { by: 'model' })}>
            {t('openUsage')}
          </ButtonLink>
          <ButtonLink look="secondary" href={withParams('/usage/requests', filtered, notShared)}>
            {t('openRequests')}
          </ButtonLink>
        </div>
      </div>
      {report.groups.length === 0 ? (
        <Card>
          <EmptyState icon={ChartColumn} title={t('noCalls')} text={t('noCallsText')} />
        </Card>
      ) : (
        <>
          <MeasureCards totals={report.totals} measure={view.measure} params={params} path={path} />
          <UsageChart view={view} report={report} />
          <ErrorClasses totals={report.totals} params={filtered} />
        </>
      )}
    </section>
  )
}
