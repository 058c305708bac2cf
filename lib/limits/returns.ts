/**
 * How leases go back. What is given back leaves the lease before the database is told, and is sent until the database
 * has confirmed it; the statement names the sum of all that was ever given back, so that sending it twice does nothing.
 */
import type { LeaseStore } from '@/lib/data/budgets'
import { errorText, log } from '@/lib/log'
import { applyCounters, type BudgetWindow, spare, takeSpare } from './budget'
import { type Clock, inTime } from './clock'

export class Returns {
  private readonly due = new Set<BudgetWindow>()
  private sending: Promise<void> | null = null

  constructor(
    private readonly store: LeaseStore,
    private readonly clock: Clock,
  ) {}

  /** Gives back what is not held and answers recalls; while a grant is on its way, its answer does so. */
  giveBack(windows: BudgetWindow[]): void {
    for (const window of windows) if (window.asking === 0) takeSpare(window)
    this.sendAgain(windows)
  }

  /** Sends what the database has not confirmed. */
  sendAgain(windows: BudgetWindow[]): void {
    for (const window of windows) {
      const unanswered = window.granted > 0n && newestAnswer(window) > window.recallAnswered
      if (isUnconfirmed(window) || unanswered) this.due.add(window)
    }
    if (this.due.size > 0) this.sending ??= this.send()
  }

  /** Resolves when nothing of these windows is on its way back. */
  async arrived(windows: BudgetWindow[]): Promise<void> {
    while (this.sending && windows.some(isUnconfirmed)) await this.sending
  }

  /** Sends one batch, and then what has come together meanwhile. */
  private async send(): Promise<void> {
    // What is given back in the same turn goes together.
    await Promise.resolve()
    const batch = [...this.due].map((window) => ({ window, recall: newestAnswer(window) }))
    this.due.clear()
    try {
      const returns = batch.map(({ window, recall }) => ({
        budgetId: window.budgetId,
        start: window.startText,
        returned: window.returned,
        recall,
      }))
      const answers = await inTime(this.clock, this.store.giveBack(returns))
      answers.forEach(({ granted, returned }, place) => {
        const sent = batch[place]
        if (!sent) return
        applyCounters(sent.window, granted, returned)
        sent.window.recallAnswered = Math.max(sent.window.recallAnswered, sent.recall)
        wake(sent.window)
      })
      this.sending = this.due.size > 0 ? this.send() : null
    } catch (error) {
      log.warn({ error: errorText(error) }, 'budget money could not be given back yet; it is tried again')
      this.sending = null
    }
  }
}

/** Tells waiting calls that money may have been freed. */
export function wake(window: BudgetWindow): void {
  window.refusedUntil = 0
  for (const tell of window.waiting) tell()
}

function isUnconfirmed({ returned, confirmed }: BudgetWindow): boolean {
  return returned > confirmed
}

/** The newest recall that can be answered: only when nothing is left to give, and nothing is on its way. */
function newestAnswer(window: BudgetWindow): number {
  return window.asking === 0 && spare(window) <= 0 ? window.recallSeen : 0
}
