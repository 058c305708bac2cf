import { useFormatter, useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import type { Balance } from '@/lib/data/balances'

/** What the account of a key has left, for how long, and who said so when; nothing where that is not known. */
export function KeyBalance({ balance }: { balance: Balance | undefined }) {
  const t = useTranslations('keys')
  const format = useFormatter()
  if (!balance) return null
  const { amount, currency, usdNanos, perDayNanos, source, readAt } = balance
  const days = usdNanos === null || !perDayNanos ? null : Math.max(0, Number(usdNanos / perDayNanos))
  const money = format.number(Number(amount), { style: 'currency', currency, maximumFractionDigits: 2 })
  return (
    <span className="block text-xs text-muted-foreground">
      <span className="block">{t('balance', { amount: money })}</span>
      {days !== null && <span className="block">{t('daysLeft', { days })}</span>}
      <span className="block">
        {source === 'api' ? t('fromProvider') : t('typedIn')} <Ago at={readAt.toISOString()} />
      </span>
    </span>
  )
}
