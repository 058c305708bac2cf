/** Money in other currencies as US dollars, by dated rates that the organisation may set. */

export type Rate = {
  /** What one unit is worth in US dollars. */
  usd: number
  /** The day of the rate, `YYYY-MM-DD`. */
  as_of: string
  source: 'default' | 'set'
}
export type Rates = Record<string, Rate>

/** Rounded, so that balances can be compared at all; whoever needs better sets a rate in Settings. */
export const defaultRates: Rates = {
  CNY: { usd: 0.14, as_of: '2026-01-01', source: 'default' },
  EUR: { usd: 1.15, as_of: '2026-01-01', source: 'default' },
}

/** What is set, over the defaults. */
export function ratesWith(set: unknown): Rates {
  return { ...defaultRates, ...(typeof set === 'object' && set !== null ? (set as Rates) : {}) }
}

/** What one unit of the currency is worth in US dollars; null when nobody has said. */
export function usdRate(currency: string, rates: Rates): number | null {
  return currency === 'USD' ? 1 : (rates[currency]?.usd ?? null)
}

/** A decimal amount in nano-dollars; null without a rate. */
export function toUsdNanos(amount: string, currency: string, rates: Rates): bigint | null {
  const rate = usdRate(currency, rates)
  return rate === null ? null : BigInt(Math.round(Number(amount) * rate * 1e9))
}

/** A decimal amount of a currency, less so many nano-dollars. */
export function lessCost(amount: string, costNanos: bigint, rate: number): string {
  return decimal(Number(amount) - Number(costNanos) / 1e9 / rate)
}

/** At most six decimals, without trailing zeros. */
export function decimal(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, '')
}
