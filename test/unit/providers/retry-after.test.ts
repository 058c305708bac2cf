import { describe, expect, it } from 'vitest'
import { retryAfterMs } from '@/lib/providers/retry-after'

const now = Date.parse('2026-11-01T00:00:00Z')

describe('retryAfterMs', () => {
  it.each([
    [{}, null],
    [{ 'retry-after': '17' }, 17_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Sun, 01 Nov 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sat, 31 Oct 2026 00:00:30 GMT' }, 0],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    [{ 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-requests': '6m0s' }, null],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 20],
    [
      {
        'anthropic-ratelimit-tokens-remaining': '0',
        'anthropic-ratelimit-tokens-reset': '2026-11-01T00:00:09Z',
      },
      9_000,
    ],
  ])('%j is %s', (headers, expected) => {
    expect(retryAfterMs(headers, now)).toBe(expected)
  })
})
