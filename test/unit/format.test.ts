import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  nanosToDecimal,
  nanosToUsd,
  picoToUsdPerMillion,
  usdPerMillionToPico,
  usdToNanos,
} from '@/lib/format'

describe('money', () => {
  it.each([
    [0n, '0'],
    [1n, '0.000000001'],
    [1_500_000_000n, '1.5'],
    [-1n, '-0.000000001'],
    [-2_000_000_000n, '-2'],
    [123_456_789_012_345_678n, '123456789.012345678'],
  ])('writes %s nano-dollars as %s', (nanos, text) => {
    expect(nanosToDecimal(nanos)).toBe(text)
  })

  it('keeps every nano-dollar in a JSON number below a million dollars', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 1_000_000n * 1_000_000_000n), (nanos) => {
        const [whole = '', fraction = ''] = JSON.parse(JSON.stringify(nanosToUsd(nanos)))
          .toFixed(9)
          .split('.')
        return BigInt(whole + fraction) === nanos
      }),
    )
  })

  it('gives amounts back as they were typed, up to nine millions with nine decimals', () => {
    const nano = fc.integer({ min: 0, max: 999_999_999 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_000_000 }), nano, (whole, nanos) => {
        const typed = Number(`${whole}.${String(nanos).padStart(9, '0')}`)
        const read = usdToNanos(typed)
        return read !== null && nanosToUsd(read) === typed
      }),
    )
    expect(usdToNanos(0.000000001)).toBe(1n)
    expect(usdToNanos(0.0000000001)).toBeNull()
  })

  it('gives prices back as they were typed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 0, max: 999_999 }),
        (whole, millionths) => {
          const typed = Number(`${whole}.${String(millionths).padStart(6, '0')}`)
          const pico = usdPerMillionToPico(typed)
          return (
            pico === BigInt(whole) * 1_000_000n + BigInt(millionths) && picoToUsdPerMillion(pico) === typed
          )
        },
      ),
    )
  })

  it.each([0.0000001, 0.1234567, 1.0000005])(
    'refuses the price %s, which has more than six decimals',
    (usd) => {
      expect(usdPerMillionToPico(usd)).toBeNull()
    },
  )
})
