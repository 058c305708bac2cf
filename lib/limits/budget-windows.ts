/** The windows that this process knows: the current one of each budget, and older ones that calls still hold. */
import type { Budget } from '@/lib/registry/bounds'
import { type BudgetWindow, checkNanos, openWindow, spare } from './budget'

/** For so long after its last use a window is read, and for so long after its end it is remembered. */
const inUseMs = 60_000
const rememberMs = 600_000

export class BudgetWindows {
  private readonly current = new Map<string, BudgetWindow>()
  private readonly windows = new Map<string, BudgetWindow>()

  /** The window of a budget at an instant. */
  at(budget: Budget, timeZone: string, now: number): BudgetWindow {
    const known = this.current.get(budget.id)
    if (known && known.start <= now && now < known.end && known.timeZone === timeZone) return known
    checkNanos(budget.limitNanos)
    const opened = openWindow(budget, timeZone, now)
    const window = this.find(opened.budgetId, opened.start) ?? opened
    this.windows.set(nameOf(window.budgetId, window.start), window)
    this.current.set(budget.id, window)
    return window
  }

  find(budgetId: string, start: number): BudgetWindow | undefined {
    return this.windows.get(nameOf(budgetId, start))
  }

  all(): BudgetWindow[] {
    return [...this.windows.values()]
  }

  inUse(now: number): BudgetWindow[] {
    return this.all().filter(({ usedAt, lease, held }) => now - usedAt < inUseMs || lease > 0 || held > 0)
  }

  /** Lets go of windows that ended long ago and of which nothing is open. */
  forgetOld(now: number): void {
    for (const [name, window] of this.windows) {
      if (now - window.end < rememberMs || isOpen(window)) continue
      this.windows.delete(name)
      if (this.current.get(window.budgetId) === window) this.current.delete(window.budgetId)
    }
  }
}

function nameOf(budgetId: string, start: number): string {
  return `${budgetId} ${start}`
}

function isOpen(window: BudgetWindow): boolean {
  const { held, returned, confirmed, waiting, asking } = window
  return held > 0 || spare(window) > 0 || returned > confirmed || asking > 0 || waiting.size > 0
}
