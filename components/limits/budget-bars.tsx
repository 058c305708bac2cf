import { useFormatter, useTranslations } from 'next-intl'
import type { ReactNode } from 'react'
import { quantity } from '../quantity'
import { Tag } from '../ui/badge'
import type { Budget, Period } from './limit-draft'
import { ReleaseLost } from './release-lost'
import { useRungWords } from './rung-words'

/** A budget in its current day or month, in dollars. */
export type BudgetView = {
  budget_id: string
  /** What it is for; null where that is clear from the page. */
  name: ReactNode
  period: Period
  window_start: string
  hard: boolean
  limit_usd: number
  spent_usd: number
  held_usd: number
  lost_usd: number
  left_usd: number
  window_end: string
  projected_exhaustion_at: string | null
  ladder: Budget['ladder']
}

/** What each budget has spent, holds for calls in flight and has left. */
export function BudgetBars({
  budgets,
  mayRelease = false,
}: {
  budgets: BudgetView[]
  /** Whether lost money can be made available again here. */
  mayRelease?: boolean
}) {
  return (
    <ul className={`grid gap-x-10 gap-y-5 ${budgets.length > 1 ? 'lg:grid-cols-2' : ''}`}>
      {budgets.map((budget) => (
        <li key={budget.budget_id}>
          <BudgetBar budget={budget} mayRelease={mayRelease} />
        </li>
      ))}
    </ul>
  )
}

function BudgetBar({ budget, mayRelease }: { budget: BudgetView; mayRelease: boolean }) {
  const t = useTranslations('limits')
  const format = useFormatter()
  const words = useRungWords()
  const { limit_usd: limit, spent_usd: spent, held_usd: held, lost_usd: lost } = budget
  const usd = (amount: number) => quantity(format, amount, 'usd')
  const time = (at: string) => format.dateTime(new Date(at), 'time')
  return (
    <div className="grid gap-1.5 text-sm">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5">
        <p className="flex min-w-0 flex-wrap items-baseline gap-x-2">
          {budget.name && <span className="min-w-0 font-medium">{budget.name}</span>}
          <span className="text-muted-foreground">
            {budget.period === 'day' ? t('today') : t('thisMonth')}
          </span>
          {budget.hard && <Tag>{t('hardShort')}</Tag>}
        </p>
        <p className="whitespace-nowrap tabular-nums">
          <span className="font-medium">{usd(spent)}</span>{' '}
          <span className="text-muted-foreground">{t('ofLimit', { limit: usd(limit) })}</span>
        </p>
      </div>
      <Bar spent={(spent + lost) / limit} held={held / limit} marks={budget.ladder.map(({ at }) => at)} />
      <div className="flex flex-wrap gap-x-4 text-xs/5 text-muted-foreground tabular-nums">
        <span>{t('left', { amount: usd(budget.left_usd) })}</span>
        {held > 0 && <span>{t('held', { amount: usd(held) })}</span>}
        {lost > 0 && (
          <span>
            {t('lost', { amount: usd(lost) })}{' '}
            {mayRelease && (
              <ReleaseLost id={budget.budget_id} windowStart={budget.window_start} lost={lost} />
            )}
          </span>
        )}
        <span>{t('renews', { time: time(budget.window_end) })}</span>
        {budget.projected_exhaustion_at && budget.left_usd > 0 && (
          <span className="text-warning">
            {t('exhausted', { time: time(budget.projected_exhaustion_at) })}
          </span>
        )}
        {budget.ladder
          .filter(({ action }) => action !== 'notify')
          .map(({ at, action }) => (
            <span key={`${at} ${action}`}>
              {t('rungAt', { at: quantity(format, at, 'percent'), action: words[action] })}
            </span>
          ))}
        {budget.left_usd <= 0 && <span className="font-medium text-destructive">{t('usedUp')}</span>}
      </div>
    </div>
  )
}

/** Shares of the limit, with a mark at each step of the ladder. An SVG, because the content security policy allows no styles inside the page. */
function Bar({ spent, held, marks }: { spent: number; held: number; marks: number[] }) {
  const first = Math.min(1, spent)
  const tone = spent >= 1 ? 'fill-destructive' : spent >= 0.8 ? 'fill-warning' : 'fill-primary'
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 1 1"
      preserveAspectRatio="none"
      className="h-2 w-full overflow-hidden rounded-full bg-muted"
    >
      <rect width={first} height={1} className={tone} />
      <rect x={first} width={Math.min(1 - first, held)} height={1} className={`${tone} opacity-40`} />
      {marks
        .filter((at) => at > 0 && at < 1)
        .map((at) => (
          <rect key={at} x={at} width={0.003} height={1} className="fill-card" />
        ))}
    </svg>
  )
}
