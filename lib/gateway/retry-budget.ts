/**
 * Keeps retries from making an outage worse: calls of a pool earn a fifth of a retry each, so that they stay at most
 * 20 % of all calls. A reserve lets a quiet pool fail over when its first key breaks.
 */
const earned = 0.2
const reserve = 50
const most = 100

export class RetryBudgets {
  private readonly left = new Map<string, number>()

  noteCall(poolId: string): void {
    this.left.set(poolId, Math.min(most, this.of(poolId) + earned))
  }

  /** Takes one retry, if there is one. */
  take(poolId: string): boolean {
    const left = this.of(poolId)
    if (left < 1) return false
    this.left.set(poolId, left - 1)
    return true
  }

  private of(poolId: string): number {
    return this.left.get(poolId) ?? reserve
  }
}

const firstBackoffMs = 200
const longestBackoffMs = 5000

/** How long to wait before a key is tried again: exponential, with full jitter. `retry` counts from 0. */
export function backoffMs(retry: number, random: () => number): number {
  return random() * Math.min(longestBackoffMs, firstBackoffMs * 2 ** retry)
}
