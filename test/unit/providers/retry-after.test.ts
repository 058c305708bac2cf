import { describe, expect, it } from 'vitest'
import { retryAfterMs, retryAfterOfBody } from '@/lib/providers/retry-after'

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

describe('retryAfterOfBody', () => {
  const at = Date.parse('2026-11-21T00:00:00Z')
  it.each<[string, number | null]>([
    ['{"error":{"message":"Rate limit reached. Please try again in 6m0s."}}', 360_000],
    [
      '{"error":{"message":"Rate limit reached for gpt-4o in organization org-1 on tokens per min. Please try again in 350ms."}}',
      350,
    ],
    ['{"error":{"message":"Please retry in 34.07s."}}', 34_070],
    ['{"error":{"message":"Too many requests, try again in 20 seconds"}}', 20_000],
    [
      '{"error":{"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34s"}]}}',
      34_000,
    ],
    ['{"error":{"type":"usage_limit_reached","resets_at":1795222800}}', 3_600_000],
    ['{"error":{"resets_at":"2026-11-21T01:00:00Z"}}', 3_600_000],
    ['{"error":{"message":"Your quota resets at 2026-11-21 02:30:00."}}', 9_000_000],
    ['{"error":{"message":"You will regain access on 2026-12-01 at 00:00 UTC."}}', null],
    ['{"error":{"message":"Incorrect API key"}}', null],
    ['{"error":{"message":"try again in 9999 days"}}', null],
    ['', null],
  ])('%s', (body, expected) => {
    expect(retryAfterOfBody(Buffer.from(body), at)).toBe(expected)
  })
})
