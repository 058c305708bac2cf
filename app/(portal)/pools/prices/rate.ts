import { useFormatter } from 'next-intl'

/** Writes dollars per million tokens with as many digits as they have. */
export function useRate(): (usd: number) => string {
  const format = useFormatter()
  return (usd) =>
    format.number(usd, {
      style: 'currency',
      currency: 'USD',
      currencyDisplay: 'narrowSymbol',
      maximumFractionDigits: 6,
    })
}
