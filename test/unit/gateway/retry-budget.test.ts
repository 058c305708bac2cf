import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs, RetryBudgets } from '@/lib/gateway/retry-budget'

describe('RetryBudgets', () => {
  it('gives out no more than a fifth of the calls, besides its reserve', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 2000 }), (steps) => {
        const budgets = new RetryBudgets()
        let calls = 0
        let retries = 0
        for (const isCall of steps) {
          if (isCall) {
            calls++
            budgets.noteCall('p')
          } else if (budgets.take('p')) retries++
        }
        expect(retries).toBeLessThanOrEqual(50 + 0.2 * calls + 1e-6)
      }),
    )
  })

  it('keeps pools apart', () => {
    const budgets = new RetryBudgets()
    while (budgets.take('a'));
    expect(budgets.take('b')).toBe(true)
  })
})

describe('backoffMs', () => {
  it('doubles up to five seconds, with full jitter', () => {
    expect([0, 1, 2, 10].map((retry) => backoffMs(retry, () => 1))).toEqual([200, 400, 800, 5000])
    expect(backoffMs(3, () => 0)).toBe(0)
  })
})
