import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { type SearchParams, withParams } from '@/components/data-table/query'
import { quantity } from '@/components/quantity'
import type { UsageTotals } from '@/lib/schemas/usage'
import { type Measure, measures } from './view'

/** The totals of the range; each is a link that makes the chart show it. */
export function MeasureCards({
  totals,
  measure,
  params,
  path,
}: {
  totals: UsageTotals
  measure: Measure
  params: SearchParams
  path: string
}) {
  const t = useTranslations('usage')
  const labels = useMeasureWords()
  const facts = useFacts(totals)
  return (
    <nav aria-label={t('measure')} className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
      {measures.map((name) => (
        <Link
          key={name}
          href={withParams(path, params, { measure: name, sort: null })}
          scroll={false}
          prefetch={false}
          aria-current={name === measure ? 'true' : undefined}
          className="grid content-start gap-1 rounded-lg first:max-sm:col-span-2 border bg-card p-4 hover:bg-muted/60 aria-[current]:border-primary aria-[current]:shadow-[inset_0_2px_0_var(--primary)]"
        >
          <span className="text-sm text-muted-foreground">{labels[name]}</span>
          <span className="text-xl font-semibold tracking-tight tabular-nums sm:text-2xl">
            {facts[name].value}
          </span>
          <span className="text-xs/5 text-muted-foreground">{facts[name].note}</span>
        </Link>
      ))}
    </nav>
  )
}

export function useMeasureWords(): Record<Measure, string> {
  const t = useTranslations('usage')
  return {
    cost: t('measureCost'),
    requests: t('measureRequests'),
    tokens: t('measureTokens'),
    errors: t('measureErrors'),
    p95: t('measureP95'),
  }
}

function useFacts(totals: UsageTotals): Record<Measure, { value: string; note: string | null }> {
  const t = useTranslations('usage')
  const format = useFormatter()
  const { requests, refused, errors, input_tokens, output_tokens, cost_usd, estimated_cost_usd } = totals
  const share = (part: number, whole: number) => quantity(format, part / whole, 'percent')
  const tokens = (value: number) => quantity(format, value, 'tokens')
  const any = requests > 0
  return {
    cost: {
      value: quantity(format, cost_usd, 'usd'),
      note:
        estimated_cost_usd > 0
          ? t('estimated', { share: share(estimated_cost_usd, cost_usd) })
          : cost_usd > 0
            ? t('allReported')
            : null,
    },
    requests: { value: quantity(format, requests, 'count'), note: t('refusedCount', { count: refused }) },
    tokens: {
      value: tokens(input_tokens + output_tokens),
      note: any ? t('inOut', { input: tokens(input_tokens), output: tokens(output_tokens) }) : null,
    },
    errors: {
      value: quantity(format, errors, 'count'),
      note: any ? t('errorShare', { share: share(errors, requests) }) : null,
    },
    p95: {
      value: quantity(format, totals.p95_ms, 'ms'),
      note:
        totals.ttft_p50_ms === null
          ? null
          : t('firstToken', { ttft: quantity(format, totals.ttft_p50_ms, 'ms') }),
    },
  }
}
