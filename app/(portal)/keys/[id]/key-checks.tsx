import Link from 'next/link'
import { useFormatter, useTranslations } from 'next-intl'
import { Ago } from '@/components/ago'
import { quantity } from '@/components/quantity'
import { Card } from '@/components/ui/card'
import { useErrorWords } from '../key-badges'
import { TypeBalance } from './balance-sheet'
import type { CheckedKey } from './key-checks-draft'
import { Fact } from './key-facts'
import { SetChecks } from './probe-sheet'

/** What is left on the account of the key, and what probes have found and cost. */
export function KeyChecks({ checked, mayChange }: { checked: CheckedKey; mayChange: boolean }) {
  const t = useTranslations('keyChecks')
  const format = useFormatter()
  const { id, name, balance, balance_error, balance_threshold_usd: threshold, probe } = checked
  return (
    <Card
      title={t('title')}
      flush
      actions={
        mayChange && (
          <>
            <TypeBalance id={id} name={name} balance={balance} />
            <SetChecks checked={checked} />
          </>
        )
      }
    >
      <dl className="divide-y">
        <Fact name={t('balance')}>
          <Balance balance={balance} />
          {balance_error && (
            <span className="block text-xs break-words text-destructive">
              {t('balanceError', { error: balance_error })}
            </span>
          )}
        </Fact>
        <Fact name={t('threshold')}>
          {threshold === null ? t('noThreshold') : quantity(format, threshold, 'usd')}
        </Fact>
        <Fact name={t('lastProbe')}>
          <LastProbe probe={checked.last_probe} />
        </Fact>
        <Fact name={t('nextProbe')}>
          {probe.enabled ? (
            <>
              <Ago at={checked.next_probe_at} />
              <span className="block text-xs text-muted-foreground">
                {t('every', { seconds: probe.interval_seconds })}
              </span>
            </>
          ) : (
            t('probesOff')
          )}
        </Fact>
        <Fact name={t('alerts')}>
          <Link
            href={{ pathname: '/alerts', query: { state: 'all', key: id } }}
            className="rounded text-primary underline-offset-4 hover:underline"
          >
            {t('openAlerts')}
          </Link>
        </Fact>
        <Fact name={t('probesMonth')}>
          {quantity(format, checked.probes_month_usd, 'usd')}
          <span className="block text-xs text-muted-foreground">
            {probe.paid
              ? t('paidUpTo', { limit: quantity(format, probe.monthly_limit_usd, 'usd') })
              : t('freeOnly')}
          </span>
        </Fact>
      </dl>
    </Card>
  )
}

function Balance({ balance }: Pick<CheckedKey, 'balance'>) {
  const t = useTranslations('keyChecks')
  const format = useFormatter()
  if (!balance) return '—'
  const { amount, currency, usd, source, read_at, days_left } = balance
  const money = format.number(amount, { style: 'currency', currency, maximumFractionDigits: 2 })
  return (
    <>
      <span className="font-medium tabular-nums">{money}</span>
      {currency !== 'USD' && (
        <span className="text-muted-foreground">
          {' '}
          {usd === null ? t('noRate') : t('about', { usd: quantity(format, usd, 'usd') })}
        </span>
      )}
      <span className="block text-xs text-muted-foreground">
        {source === 'api' ? t('fromProvider') : t('typedIn')} <Ago at={read_at} />
        {days_left !== null && ` · ${t('daysLeft', { days: days_left })}`}
      </span>
    </>
  )
}

function LastProbe({ probe }: { probe: CheckedKey['last_probe'] }) {
  const t = useTranslations('keyChecks')
  const format = useFormatter()
  const words = useErrorWords()
  if (!probe) return '—'
  const facts = [
    probe.ok ? t('works') : probe.class === null ? t('fails') : words(probe.class),
    probe.status !== null && `HTTP ${probe.status}`,
    quantity(format, probe.ms, 'ms'),
    probe.model ?? t('free'),
  ]
  return (
    <>
      <span className={probe.ok ? 'text-success' : 'text-destructive'}>
        {facts.filter(Boolean).join(' · ')}
      </span>
      <span className="block text-xs text-muted-foreground">
        <Ago at={probe.at} />
        {probe.error && <span className="break-words"> · {probe.error}</span>}
      </span>
    </>
  )
}
