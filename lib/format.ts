/** Numbers as people and spreadsheets read them. */

/** Nano-dollars as decimal dollars without trailing zeros: `1_500_000_000n` is `1.5`. */
export function nanosToDecimal(nanos: bigint): string {
  const digits = (nanos < 0n ? -nanos : nanos).toString().padStart(10, '0')
  const fraction = digits.slice(-9).replace(/0+$/, '')
  return `${nanos < 0n ? '-' : ''}${digits.slice(0, -9)}${fraction && `.${fraction}`}`
}

/** Nano-dollars as the nearest JSON number of dollars. */
export function nanosToUsd(nanos: bigint): number {
  return Number(nanosToDecimal(nanos))
}

/** Dollars as nano-dollars; null when that is not a whole number. */
export function usdToNanos(usd: number): bigint | null {
  const text = usd.toFixed(9)
  return Number(text) === usd ? BigInt(text.replace('.', '')) : null
}

/** Dollars per million tokens as pico-dollars per token; null when that is not a whole number. */
export function usdPerMillionToPico(usd: number): bigint | null {
  const text = usd.toFixed(6)
  return Number(text) === usd ? BigInt(text.replace('.', '')) : null
}

export function picoToUsdPerMillion(pico: bigint): number {
  return Number(pico) / 1e6
}
