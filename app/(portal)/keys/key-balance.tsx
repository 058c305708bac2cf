import { useFormatter, useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import type { Balance } from '@/lib/data/balances'

/** What the account of a key has left, who says so and since when, and how long it lasts. */
export function KeyBalance({ balance }: { balance: Balance | undefined }) {
  const t = useTranslations('keys')
  const format = useFormatter()
  if (!balance) return '—'
  const { amount, currency, usdNanos, perDayNanos, source, readAt } = balance
  const days = usdNanos === null || !perDayNanos ? null : Math.max(0, Number(usdNanos / perDayNanos))
  return (
    <>
      {format.number(Number(amount), { style: 'currency', currency, maximumFractionDigits: 2 })}
      <span className="block text-xs text-muted-foreground">
        {days === null ? (source === 'api' ? t('fromProvider') : t('typedIn')) : t('daysLeft', { days })} ·{' '}
        <Ago at={readAt.toISOString()} />
      </span>
    </>
  )
}
