/** Keeps balances true: read where the provider tells them, else what was typed in less the metered cost since. */
import { readMeteredBalances, updateBalance, writeBalance } from '@/lib/data/balances'
import type { Database } from '@/lib/data/database'
import { writeBalanceCheck } from '@/lib/data/key-checks'
import { lessCost, type Rates, ratesWith, toUsdNanos, usdRate } from '@/lib/exchange-rates'
import { nanosToDecimal } from '@/lib/format'
import { balanceReader, type Money, readBalance } from '@/lib/health/balance'
import type { Context } from './context'
import { eachOf, usableKeys } from './probes'

const atOnce = 4

export async function refreshBalances(
  { upstream, snapshot }: Pick<Context, 'upstream' | 'snapshot'>,
  database: Database,
  signal: AbortSignal,
): Promise<{ read: number; failed: number }> {
  const rates = ratesWith(snapshot().settings.exchange_rates)
  const sources = usableKeys(snapshot()).flatMap((key) => {
    const reader = balanceReader(key.provider)
    return reader ? [{ key, reader }] : []
  })
  let failed = 0
  await eachOf(sources, atOnce, signal, async ({ key, reader }) => {
    const { origin, headers } = key.provider
    const found = await readBalance(upstream, reader, { origin, headers, secret: key.secret ?? '' })
    if ('error' in found) failed++
    else {
      const total = totalOf(found.balances, rates)
      await writeBalance(database.db, {
        keyId: key.id,
        ...total,
        usdNanos: toUsdNanos(total.amount, total.currency, rates),
        source: 'api',
        readAt: new Date(),
        typedAmount: null,
      })
    }
    await writeBalanceCheck(database.db, key.id, 'error' in found ? found.error : null)
  })
  await meterTyped(database, rates)
  return { read: sources.length - failed, failed }
}

/** One amount for what an account has in several currencies: in dollars where that needs adding up. */
export function totalOf(balances: Money[], rates: Rates): Money {
  const held = balances.filter(({ amount }) => Number(amount) !== 0)
  const single = held.length <= 1 ? (held[0] ?? balances[0]) : undefined
  if (single) return single
  const nanos = held.map(({ amount, currency }) => toUsdNanos(amount, currency, rates) ?? 0n)
  return { amount: nanosToDecimal(nanos.reduce((sum, part) => sum + part, 0n)), currency: 'USD' }
}

async function meterTyped(database: Database, rates: Rates): Promise<void> {
  for (const row of await readMeteredBalances(database)) {
    const rate = usdRate(row.currency, rates)
    const typed = row.typed_amount !== null && rate !== null
    const amount = typed ? lessCost(row.typed_amount ?? '', BigInt(row.cost_since), rate) : row.amount
    await updateBalance(database.db, row, {
      amount,
      usdNanos: toUsdNanos(amount, row.currency, rates),
      perDayNanos: row.per_day_nanos === null ? null : BigInt(row.per_day_nanos),
    })
  }
}
