import { useFormatter, useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { Sparkline } from '@/components/charts/sparkline'
import { quantity } from '@/components/quantity'
import type { Tone } from '@/components/ui/badge'
import { Stat } from '@/components/ui/stat'
import { nanosToUsd } from '@/lib/format'
import { type RangeName, type Report, successRate } from './report'

/** Are calls succeeding, and what do they cost. */
export function Stats({ report, range, timeZone }: { report: Report; range: RangeName; timeZone: string }) {
  const t = useTranslations('overview')
  const names = { '24h': t('success24h'), '7d': t('success7d'), '30d': t('success30d') }
  return (
    <div className="grid grid-cols-1 gap-4 min-[24rem]:grid-cols-2 xl:grid-cols-4">
      <SuccessStat label={t('successHour')} sums={report.lastHour} />
      <SuccessStat label={names[range]} sums={report.sums}>
        <Sparkline
          label={t('sparkline')}
          lowest={0.9}
          values={report.points.map(({ values }) =>
            successRate({
              requests: (values.succeeded ?? 0) + (values.failed ?? 0),
              errors: values.failed ?? 0,
            }),
          )}
        />
      </SuccessStat>
      <SpendStats report={report} timeZone={timeZone} />
    </div>
  )
}

function SuccessStat({
  label,
  sums,
  children,
}: {
  label: string
  sums: Report['sums']
  children?: ReactNode
}) {
  const t = useTranslations('overview')
  const format = useFormatter()
  const rate = successRate(sums)
  return (
    <Stat
      label={label}
      value={quantity(format, rate, 'percent')}
      change={sums.errors > 0 ? t('failedCalls', { count: sums.errors }) : undefined}
      tone={toneOf(rate)}
      hint={
        sums.requests + sums.refused === 0
          ? t('noCalls')
          : t('callsAndRefused', { calls: sums.requests, refused: sums.refused })
      }
    >
      {children}
    </Stat>
  )
}

function toneOf(rate: number | null): Tone {
  if (rate === null || rate >= 0.99) return 'neutral'
  return rate >= 0.95 ? 'warn' : 'bad'
}

function SpendStats({ report: { spend, budgets }, timeZone }: { report: Report; timeZone: string }) {
  const t = useTranslations('overview')
  const format = useFormatter()
  const usd = (nanos: string) => nanosToUsd(BigInt(nanos))
  const [today, yesterday, month] = [
    usd(spend.today_nanos),
    usd(spend.yesterday_nanos),
    usd(spend.month_nanos),
  ]
  const change = (amount: number, limit: number | undefined) =>
    limit === undefined
      ? undefined
      : t('ofBudget', {
          limit: quantity(format, limit, 'usd'),
          share: quantity(format, amount / limit, 'percent'),
        })
  const tone = (amount: number, limit: number | undefined): Tone => {
    if (limit === undefined || amount < limit * 0.8) return 'neutral'
    return amount < limit ? 'warn' : 'bad'
  }
  const estimated = (amount: number, part: string) =>
    usd(part) > 0 ? t('estimated', { share: quantity(format, usd(part) / amount, 'percent') }) : undefined
  return (
    <>
      <Stat
        label={t('spendToday')}
        value={quantity(format, today, 'usd')}
        change={change(today, budgets.day)}
        tone={tone(today, budgets.day)}
        hint={
          <>
            {t('yesterday', { amount: quantity(format, yesterday, 'usd') })}{' '}
            {estimated(today, spend.today_estimated_nanos)}
          </>
        }
      />
      <Stat
        label={t('spendMonth')}
        value={quantity(format, month, 'usd')}
        change={change(month, budgets.month)}
        tone={tone(month, budgets.month)}
        hint={
          <>
            {t('inTimeZone', { timeZone })} {estimated(month, spend.month_estimated_nanos)}
          </>
        }
      />
    </>
  )
}
