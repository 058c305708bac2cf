/**
 * The money of budgets as one process sees it: asked before a call, told of what it cost. Hard budgets are held on
 * leases (`grants.ts`); others are only posted. Once a second the windows in use are read from the database.
 */
import type { LeaseStore, Notice, WindowState } from '@/lib/data/budgets'
import type { Charge } from '@/lib/data/ledger'
import { errorText, log } from '@/lib/log'
import type { Budget, Rung } from '@/lib/registry/bounds'
import {
  applyCounters,
  type BudgetWindow,
  changeLimit,
  checkNanos,
  holdable,
  posted,
  settleHold,
} from './budget'
import { BudgetWindows } from './budget-windows'
import { type Clock, inTime, NoAnswer, systemClock } from './clock'
import { Grants, type Short } from './grants'

/** Without notices from the database, recalls are only seen by reading. */
const readMs = { listening: 1000, polling: 200 }
/** How long what was read may be relied on, and how long nobody waits for a database that could not be read. */
const freshMs = 2000
const awayMs = 10_000
const idleMs = 30_000

export type { Charge }

export type Held = {
  readonly nanos: number
  readonly hard: BudgetWindow[]
  readonly soft: BudgetWindow[]
  open: boolean
}
export type BudgetRefusal = {
  refused: Budget
  /** When the next window begins, in milliseconds since the epoch. */
  windowEnd: number
  leftNanos: number
}
export type ReachedRung = { budget: Budget; rung: Rung; share: number; windowEnd: number }
export type BudgetInUse = {
  scope: Budget['scope']
  id: string
  period: Budget['period']
  limitNanos: number
  leftNanos: number
  heldNanos: number
}
export type Left = { budget: Budget; leftNanos: number; windowEnd: number }

export type BookOptions = {
  clock?: Clock
  /** How long a lease stays unused before it goes back. */
  idleMs?: number
  /** False for processes that sleep between calls: what is left of a hold goes back at once. */
  keepLeases?: boolean
}

export class BudgetBook {
  private readonly windows = new BudgetWindows()
  private readonly grants: Grants
  private readonly clock: Clock
  private readonly idleMs: number
  private callOff = () => {}
  private stopped = false
  private unlisten: (() => Promise<void>) | null = null
  private ticking: Promise<void> | null = null
  /** Calls that cost more than they held: the only way in which a hard budget can be exceeded. */
  overruns = 0

  constructor(
    private readonly store: LeaseStore,
    options: BookOptions = {},
  ) {
    this.clock = options.clock ?? systemClock
    this.idleMs = options.idleMs ?? idleMs
    this.grants = new Grants(store, this.clock, options.keepLeases ?? true)
  }

  async start(): Promise<void> {
    try {
      this.unlisten = await this.store.listen((notice) => this.hear(notice))
    } catch (error) {
      log.warn({ error: errorText(error) }, 'LISTEN is not available; budgets are read more often instead')
    }
    this.tickLater()
  }

  /** Gives everything back that no call holds. To be called when the ledger has been written. */
  async stop(): Promise<void> {
    this.stopped = true
    this.callOff()
    await this.unlisten?.().catch(() => {})
    await this.ticking
    const windows = this.windows.all()
    // A grant whose answer was lost shows itself now.
    await this.read(windows).catch(() => {})
    this.grants.returns.giveBack(windows)
    await this.returned()
  }

  /**
   * Null when what was spent is known; else a promise that is kept once it has been read, or could not be. To be awaited
   * before `rungs`, so that a process that has just started knows what others have spent.
   */
  ready(budgets: Budget[], timeZone: string, now: number): Promise<void> | null {
    const at = this.clock.now()
    const stale: BudgetWindow[] = []
    for (const budget of budgets) {
      const window = this.windowOf(budget, timeZone, now)
      if (window.staleAt <= at) stale.push(window)
    }
    if (stale.length === 0) return null
    const unread = stale.filter(({ reading }) => reading === null)
    if (unread.length > 0) {
      const reading = this.readQuietly(unread)
      for (const window of unread) window.reading = reading
    }
    return Promise.all(stale.map(({ reading }) => reading)).then(() => {})
  }

  /**
   * Sets an amount aside in every hard budget, or in none. Synchronous when the leases suffice or no budget is hard;
   * rejects with `service_unavailable` when the database is needed and does not answer.
   */
  hold(
    budgets: Budget[],
    timeZone: string,
    nanos: number,
    now: number,
  ): Held | BudgetRefusal | Promise<Held | BudgetRefusal> {
    checkNanos(nanos)
    const held: Held = { nanos, hard: [], soft: [], open: true }
    const usedAt = this.clock.now()
    for (const budget of budgets) {
      const window = this.windowOf(budget, timeZone, now)
      window.usedAt = usedAt
      if (budget.hard) held.hard.push(window)
      else held.soft.push(window)
    }
    if (held.hard.length === 0) return held
    const short = this.grants.hold(held.hard, nanos)
    if (short === null) return held
    const outcome = (result: Short | null) => (result === null ? held : refusal(budgets, result))
    return short instanceof Promise ? short.then(outcome) : outcome(short)
  }

  /** Ends a hold with what the call cost: the charges for its ledger row, in the windows of the hold. */
  settle(held: Held, costNanos: number): Charge[] {
    checkNanos(costNanos)
    if (!held.open) return []
    held.open = false
    const { nanos, hard, soft } = held
    if (costNanos > nanos && hard.length > 0) this.countOverrun(held, costNanos)
    const charges: Charge[] = []
    for (const window of hard) charges.push(charge(window, costNanos, settleHold(window, nanos, costNanos)))
    for (const window of soft) {
      window.settled += costNanos
      charges.push(charge(window, costNanos, 0))
    }
    if (hard.length > 0) this.grants.freed(hard)
    return costNanos > 0 ? charges : []
  }

  /** Ends the hold of a call that cost nothing. */
  release(held: Held): void {
    this.settle(held, 0)
  }

  /** The largest hold that all hard budgets could give now, as far as is known; infinite when none is hard. */
  affordable(budgets: Budget[], timeZone: string, now: number): number {
    let least = Number.POSITIVE_INFINITY
    for (const budget of budgets) {
      if (budget.hard) least = Math.min(least, holdable(this.windowOf(budget, timeZone, now)))
    }
    return least
  }

  /** The rungs of ladders that what was spent has reached. */
  rungs(budgets: Budget[], timeZone: string, now: number): ReachedRung[] {
    const reached: ReachedRung[] = []
    for (const budget of budgets) {
      if (budget.ladder.length === 0) continue
      const window = this.windowOf(budget, timeZone, now)
      window.usedAt = this.clock.now()
      const share = budget.limitNanos > 0 ? posted(window) / budget.limitNanos : 1
      for (const rung of budget.ladder) {
        if (share >= rung.at) reached.push({ budget, rung, share, windowEnd: window.end })
      }
    }
    return reached
  }

  /** The budget of which the least is not spent yet; null when there is none. */
  left(budgets: Budget[], timeZone: string, now: number): Left | null {
    let least: Left | null = null
    for (const budget of budgets) {
      const window = this.windowOf(budget, timeZone, now)
      const leftNanos = Math.max(0, budget.limitNanos - posted(window))
      if (least === null || leftNanos < least.leftNanos) least = { budget, leftNanos, windowEnd: window.end }
    }
    return least
  }

  /** The budgets that this process uses now: what is not spent yet, and what it has set aside for calls under way. */
  inUse(): BudgetInUse[] {
    const now = this.clock.now()
    const windows = this.windows.inUse(now).filter(({ start, end }) => start <= now && now < end)
    return windows.map((window) => {
      const { scope, scopeId, period, limit, held } = window
      const leftNanos = Math.max(0, limit - posted(window))
      return { scope, id: scopeId, period, limitNanos: limit, leftNanos, heldNanos: held }
    })
  }

  /** Resolves when what is to be given back has been given back, or could not be. */
  returned(): Promise<void> {
    return this.grants.returns.arrived(this.windows.all())
  }

  /** The window of a budget at an instant; notices that the limit was changed. */
  private windowOf(budget: Budget, timeZone: string, now: number): BudgetWindow {
    const window = this.windows.at(budget, timeZone, now)
    if (window.limit !== budget.limitNanos) {
      // What was granted under a higher limit is asked for again under the lower one.
      if (budget.limitNanos < window.limit) this.grants.returns.giveBack([window])
      changeLimit(window, budget.limitNanos)
    }
    return window
  }

  private countOverrun({ nanos, hard }: Held, costNanos: number): void {
    this.overruns++
    log.warn(
      { budgets: hard.map(({ budgetId }) => budgetId), held_nanos: nanos, cost_nanos: costNanos },
      'a call cost more than was held for it',
    )
  }

  private hear({ budgetId, start, ...notice }: Notice): void {
    const window = this.windows.find(budgetId, start * 1000)
    if (window) this.grants.notice(window, notice)
  }

  private tickLater(): void {
    const ms = this.unlisten ? readMs.listening : readMs.polling
    this.callOff = this.clock.after(ms, () => {
      this.ticking = this.tick().finally(() => {
        this.ticking = null
        if (!this.stopped) this.tickLater()
      })
    })
  }

  private async tick(): Promise<void> {
    const now = this.clock.now()
    this.windows.forgetOld(now)
    const windows = this.windows.all()
    const idle = windows.filter(({ usedAt, end, waiting }) => {
      return waiting.size === 0 && (now - usedAt >= this.idleMs || now >= end)
    })
    this.grants.returns.giveBack(idle)
    this.grants.returns.sendAgain(windows)
    await this.readQuietly(this.windows.inUse(now))
  }

  private async readQuietly(windows: BudgetWindow[]): Promise<void> {
    try {
      await this.read(windows)
    } catch (error) {
      log.warn({ error: errorText(error) }, 'budgets could not be read')
      const until = this.clock.now() + awayMs
      for (const window of windows) window.staleAt = until
      if (error instanceof NoAnswer) this.grants.awayUntil = until
    }
    for (const window of windows) window.reading = null
  }

  private async read(windows: BudgetWindow[]): Promise<void> {
    if (windows.length === 0) return
    const keys = windows.map(({ budgetId, startText }) => ({ budgetId, start: startText }))
    const states = await inTime(this.clock, this.store.read(keys))
    this.grants.awayUntil = 0
    states.forEach((state, place) => {
      const window = windows[place]
      if (window) this.learn(window, state)
    })
  }

  private learn(window: BudgetWindow, state: WindowState): void {
    window.staleAt = this.clock.now() + freshMs
    applyCounters(window, state.granted, state.returned)
    window.othersPosted = state.posted - state.ownPosted
    window.unleased = state.unleased
    // Below zero: the limit was lowered, and nobody needs to ask for what is over it.
    if (state.unleased < 0) this.grants.returns.giveBack([window])
    this.grants.notice(window, { kind: 'recall', recall: state.recall })
  }
}

function charge({ budgetId, startText, endText }: BudgetWindow, nanos: number, leased: number): Charge {
  return { budget_id: budgetId, window_start: startText, window_end: endText, nanos, leased }
}

function refusal(budgets: Budget[], { window, leftNanos }: Short): BudgetRefusal {
  const refused = budgets.find(({ id }) => id === window.budgetId)
  if (!refused) throw new Error(`the budget ${window.budgetId} was not asked for`)
  return { refused, windowEnd: window.end, leftNanos }
}
