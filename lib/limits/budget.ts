/**
 * What one process knows of one window of one budget, and the rules by which it changes. Pure: no clock, no database.
 *
 * A process spends only from its lease, which the database has set aside for it: a call is held when `lease - held`
 * suffices in every window, and settling takes what it cost from both. Amounts are nano-dollars; a number holds them
 * exactly up to 2^53, which is nine million dollars.
 */
import type { Budget } from '@/lib/registry/bounds'
import { windowAt } from './windows'

export type BudgetWindow = {
  readonly budgetId: string
  readonly scope: Budget['scope']
  readonly scopeId: string
  readonly period: Budget['period']
  readonly timeZone: string
  /** Milliseconds since the epoch, and the same as text. */
  readonly start: number
  readonly end: number
  readonly startText: string
  readonly endText: string

  limit: number
  /** Set aside for this process and not spent; what is held is part of it. */
  lease: number
  held: number
  /** What the calls of this process have cost. */
  settled: number
  /** What other processes have posted and what nobody has leased, as the database said last. */
  othersPosted: number
  unleased: number | null
  /** All that this process was ever granted, and has ever given back: a lost answer is made good by the next one. */
  granted: bigint
  returned: bigint
  /** How much of `returned` the database has confirmed. */
  confirmed: bigint

  /** Its row in the database exists. */
  opened: boolean
  /** Grants on their way: a recall is answered after them. */
  asking: number
  /** The newest recall by another process, and the newest that was answered. */
  recallSeen: number
  recallAnswered: number
  /** Until then refunds go back at once, and nothing is granted in advance. */
  tightUntil: number
  /** The last refusal: until then no hold above this is possible. */
  refusedUntil: number
  refusedAbove: number
  /** How many calls ahead a grant looks, and when the last one was asked for. */
  prefetch: number
  grantedAt: number
  usedAt: number
  /** From then on it must be read again before anybody relies on it. */
  staleAt: number
  reading: Promise<void> | null
  /** Told when money may have been freed. */
  waiting: Set<() => void>
}

export function openWindow(
  budget: Pick<Budget, 'id' | 'scope' | 'scopeId' | 'period' | 'limitNanos'>,
  timeZone: string,
  now: number,
): BudgetWindow {
  const { start, end } = windowAt(budget.period, now, timeZone)
  return {
    budgetId: budget.id,
    scope: budget.scope,
    scopeId: budget.scopeId,
    period: budget.period,
    timeZone,
    start,
    end,
    startText: new Date(start).toISOString(),
    endText: new Date(end).toISOString(),
    limit: budget.limitNanos,
    lease: 0,
    held: 0,
    settled: 0,
    othersPosted: 0,
    unleased: null,
    granted: 0n,
    returned: 0n,
    confirmed: 0n,
    opened: false,
    asking: 0,
    recallSeen: 0,
    recallAnswered: 0,
    tightUntil: 0,
    refusedUntil: 0,
    refusedAbove: 0,
    prefetch: 0,
    grantedAt: 0,
    usedAt: 0,
    staleAt: 0,
    reading: null,
    waiting: new Set(),
  }
}

/** Throws for an amount that a number does not hold exactly. */
export function checkNanos(nanos: number): void {
  if (!Number.isSafeInteger(nanos) || nanos < 0) {
    throw new RangeError(`${nanos} is no amount of nano-dollars: a whole number from 0 to 2^53 is needed`)
  }
}

/** What this process may still hold without asking; below zero when calls have cost more than they held. */
export function spare(window: BudgetWindow): number {
  return window.lease - window.held
}

/** Holds in all windows, or in none. */
export function tryHold(windows: BudgetWindow[], nanos: number): boolean {
  for (const window of windows) if (nanos > 0 && spare(window) < nanos) return false
  for (const window of windows) window.held += nanos
  return true
}

/** Ends a hold with what the call cost; returns how much of that the lease covered. */
export function settleHold(window: BudgetWindow, nanos: number, cost: number): number {
  const covered = Math.min(cost, window.lease)
  window.held -= nanos
  window.lease -= covered
  window.settled += cost
  return covered
}

/** Takes what is not held out of the lease, to be given back. */
export function takeSpare(window: BudgetWindow): void {
  const amount = spare(window)
  if (amount <= 0) return
  window.lease -= amount
  window.returned += BigInt(amount)
}

/** Answers may arrive in any order and more than once: counters only grow. */
export function applyCounters(window: BudgetWindow, granted: bigint, returned: bigint): void {
  if (granted > window.granted) {
    window.lease += Number(granted - window.granted)
    window.granted = granted
  }
  if (returned > window.returned) {
    // Somebody who took this process for dead has given its lease back.
    window.lease = Math.max(0, window.lease - Number(returned - window.returned))
    window.returned = returned
  }
  if (returned > window.confirmed) window.confirmed = returned
}

export function changeLimit(window: BudgetWindow, limit: number): void {
  if (window.unleased !== null) window.unleased += limit - window.limit
  window.limit = limit
  window.refusedUntil = 0
}

/** What all calls have cost: other processes' as the database said last, this one's exactly. */
export function posted(window: BudgetWindow): number {
  return window.othersPosted + window.settled
}

/** The largest hold that could be given now, as far as is known. */
export function holdable({ lease, held, unleased, limit }: BudgetWindow): number {
  return Math.max(0, lease - held) + Math.max(0, unleased ?? limit)
}
