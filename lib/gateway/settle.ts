/** Gives back, or turns into charges, what a call has taken of limits and budgets. */
import type { Charge } from '@/lib/data/ledger'
import type { Held } from '@/lib/limits/budget-book'
import type { Context } from './context'
import type { Failure } from './failure'
import type { Progress } from './progress'

/** A call that was answered, or that its client left: `tokens` and `costNanos` are what it really used. */
export function settle(context: Context, progress: Progress, tokens: number, costNanos: number): void {
  const { limits, budgets } = context
  const { choice } = progress
  for (const ticket of [progress.ticket, choice?.ticket]) if (ticket) limits.settle(ticket, tokens)
  for (const held of [progress.held, choice?.held]) {
    if (held) progress.charges.push(...budgets.settle(held, costNanos))
  }
  forget(progress)
}

/** An attempt that failed: its provider has seen a request, if it was reached at all, and is paid nothing. */
export function releaseChoice({ limits, budgets }: Context, progress: Progress, failure: Failure): void {
  const { choice } = progress
  if (choice?.ticket) {
    if (failure.class === 'network') limits.refund(choice.ticket)
    else limits.settle(choice.ticket, 0)
  }
  if (choice?.held) budgets.release(choice.held)
  progress.choice = null
}

/** What the budgets of a call under way are charged if nothing more is heard of it. */
export function chargesSoFar({ held, choice }: Progress, costNanos: number): Charge[] {
  const charges: Charge[] = []
  if (costNanos === 0) return charges
  for (const part of [held, choice?.held]) {
    if (!part) continue
    const leased = Math.min(costNanos, part.nanos)
    for (const window of part.hard) charges.push(chargeOf(window, costNanos, leased))
    for (const window of part.soft) charges.push(chargeOf(window, costNanos, 0))
  }
  return charges
}

function chargeOf(window: Held['hard'][number], nanos: number, leased: number): Charge {
  const { budgetId, startText, endText } = window
  return { budget_id: budgetId, window_start: startText, window_end: endText, nanos, leased }
}

/** A call that was refused, or that no key could serve. */
export function release({ limits, budgets }: Context, progress: Progress): void {
  const { choice } = progress
  for (const ticket of [progress.ticket, choice?.ticket]) if (ticket) limits.refund(ticket)
  for (const held of [progress.held, choice?.held]) if (held) budgets.release(held)
  forget(progress)
}

function forget(progress: Progress): void {
  progress.ticket = null
  progress.held = null
  progress.choice = null
}
