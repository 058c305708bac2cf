import type { useFormatter } from 'next-intl'

export type Unit = 'count' | 'tokens' | 'usd' | 'ms' | 'percent'
type Format = ReturnType<typeof useFormatter>

/** A number for people; what is not known is "—", never 0. Percents are given as fractions of 1. */
export function quantity(format: Format, value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '—'
  switch (unit) {
    case 'usd':
      return format.number(value, {
        style: 'currency',
        currency: 'USD',
        currencyDisplay: 'narrowSymbol',
        ...usdDigits(value),
      })
    case 'ms':
      return value < 1000
        ? `${format.number(value, { maximumFractionDigits: 0 })} ms`
        : `${format.number(value / 1000, { maximumFractionDigits: value < 10_000 ? 2 : 1 })} s`
    case 'percent':
      return format.number(value, { style: 'percent', maximumFractionDigits: percentDigits(value) })
    case 'tokens':
      return format.number(value, {
        notation: value < 100_000 ? 'standard' : 'compact',
        maximumFractionDigits: 1,
      })
    case 'count':
      return format.number(value, { maximumFractionDigits: 2 })
  }
}

const lengths = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** A length of time in its largest unit of which there are two, else in seconds. */
export function duration(format: Format, ms: number): string {
  const [unit, size] = lengths.find(([, length]) => ms >= 2 * length) ?? (['second', 1000] as const)
  return format.number(ms / size, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 })
}

/** For the axes of charts, where there is little room. */
export function shortQuantity(format: Format, value: number, unit: Unit): string {
  if (unit === 'count' || unit === 'tokens')
    return format.number(value, { notation: 'compact', maximumFractionDigits: 1 })
  return quantity(format, value, unit)
}

/** Cents, or as many digits as a fraction of a cent needs to show two. */
function usdDigits(value: number) {
  const size = Math.abs(value)
  if (size === 0 || size >= 0.01) return { minimumFractionDigits: 2, maximumFractionDigits: 2 }
  return { maximumSignificantDigits: 2 }
}

/** 99.97 % must not read as 100 %, nor 0.03 % as none. */
function percentDigits(value: number) {
  return value < 0.01 || value > 0.99 ? 2 : 1
}
