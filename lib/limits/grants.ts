/**
 * Where leases come from. Calls that the lease does not cover queue per set of windows, with one grant in flight for
 * each set. Where money is short but leased to other processes, it is recalled, and the queue waits for a moment.
 */
import type { GrantAnswer, LeaseStore, Notice } from '@/lib/data/budgets'
import { AkcpError } from '@/lib/errors'
import { applyCounters, type BudgetWindow, spare, tryHold } from './budget'
import { type Clock, inTime, NoAnswer } from './clock'
import { Returns, wake } from './returns'

/** How long a call waits for money that other processes have leased, looking again after each pause. */
const patienceMs = 750
const pauseMs = 250
/** How long a window stays tight after a recall. */
const tightMs = 2000
/** For how long a refusal stands for later calls that need as much, unless money is freed before. */
const refusalMs = 100
/** A grant looks this many calls ahead; twice as many each time that the last grant is less than a second old. */
const prefetchMin = 8
const prefetchMax = 4096

export type Short = { window: BudgetWindow; leftNanos: number }

type Waiting = { nanos: number; resolve(short: Short | null): void; reject(error: unknown): void }
type Queue = {
  windows: BudgetWindow[]
  calls: Waiting[]
  /** The recalls that were sent for the first call, and since when it waits for their effect. */
  asked: Map<BudgetWindow, number>
  since: number | null
}
type ShortWindow = { window: BudgetWindow; answer: GrantAnswer }

export class Grants {
  readonly returns: Returns
  /** The database does not answer: until then no further call waits for it. */
  awayUntil = 0
  private readonly queues = new Map<string, Queue>()

  constructor(
    private readonly store: LeaseStore,
    private readonly clock: Clock,
    /** False: nothing is granted in advance, and what is left of a hold goes back at once. */
    private readonly keepLeases: boolean,
  ) {
    this.returns = new Returns(store, clock)
  }

  /** Null once all windows hold the amount, or the window that is short. Rejects when the database does not answer. */
  hold(windows: BudgetWindow[], nanos: number): Short | null | Promise<Short | null> {
    const quiet = windows.every(({ waiting }) => waiting.size === 0)
    if (quiet && tryHold(windows, nanos)) return null
    const name = windows.map(({ budgetId, startText }) => budgetId + startText).join()
    const queue = this.queues.get(name)
    if (!queue && tryHold(windows, nanos)) return null
    const refusal = this.standingRefusal(windows, nanos)
    if (refusal) return refusal
    if (this.clock.now() < this.awayUntil) return Promise.reject(databaseAway(new NoAnswer()))
    return new Promise((resolve, reject) => {
      const call = { nanos, resolve, reject }
      if (queue) queue.calls.push(call)
      else void this.serve(name, { windows, calls: [call], asked: new Map(), since: null })
    })
  }

  /** To be called when a hold has ended: what is left of it may be what others wait for. */
  freed(windows: BudgetWindow[]): void {
    for (const window of windows) wake(window)
    this.returnTight(windows)
  }

  /** Another process needs the money, or has freed some. */
  notice(window: BudgetWindow, { kind, recall }: Pick<Notice, 'kind' | 'recall'>): void {
    if (kind === 'freed') wake(window)
    else if (recall > window.recallSeen) {
      window.recallSeen = recall
      window.tightUntil = this.clock.now() + tightMs
      this.returns.giveBack([window])
    }
  }

  private standingRefusal(windows: BudgetWindow[], nanos: number): Short | null {
    const now = this.clock.now()
    const window = windows.find(
      ({ refusedUntil, refusedAbove }) => now < refusedUntil && nanos > refusedAbove,
    )
    return window ? { window, leftNanos: window.refusedAbove } : null
  }

  private isTight(window: BudgetWindow): boolean {
    return !this.keepLeases || window.tightUntil > this.clock.now()
  }

  /** Does not keep from others what they may be waiting for. */
  private returnTight(windows: BudgetWindow[]): void {
    const tight = windows.filter(
      (window) => window.waiting.size === 0 && spare(window) > 0 && this.isTight(window),
    )
    if (tight.length > 0) this.returns.giveBack(tight)
  }

  /** Serves a queue until it is empty. */
  private async serve(name: string, queue: Queue): Promise<void> {
    this.queues.set(name, queue)
    try {
      while (admit(queue)) await this.ask(queue)
    } catch (error) {
      const unavailable = databaseAway(error)
      for (const call of queue.calls) call.reject(unavailable)
    }
    this.queues.delete(name)
    this.returnTight(queue.windows)
  }

  /** Asks for what the queue needs; where that is short, waits for others or refuses. */
  private async ask(queue: Queue): Promise<void> {
    const { windows } = queue
    const bell = hangBell(windows)
    try {
      await this.returns.arrived(windows)
      await this.open(windows)
      if (!admit(queue)) return
      const short = await this.grant(queue)
      admit(queue)
      this.returns.giveBack(windows.filter((window) => window.recallSeen > window.recallAnswered))
      if (short.length === 0) return forgetAsking(queue)
      this.rememberAsking(queue, short)
      const patient = this.clock.now() - (queue.since ?? 0) < patienceMs
      if (patient && short.every(({ answer }) => answer.others)) await bell.rung(this.clock, pauseMs)
      else this.refuse(queue, short)
    } finally {
      bell.remove()
    }
  }

  /** Makes the rows of windows that this process has not used before. */
  private async open(windows: BudgetWindow[]): Promise<void> {
    const missing = windows.filter(({ opened }) => !opened)
    if (missing.length === 0) return
    const rows = missing.map(({ budgetId, startText, endText }) => ({
      budgetId,
      start: startText,
      end: endText,
    }))
    await inTime(this.clock, this.store.open(rows))
    for (const window of missing) window.opened = true
  }

  /** Returns the windows that could not give what the first call lacks. */
  private async grant({ windows, calls, asked }: Queue): Promise<ShortWindow[]> {
    const first = calls[0]?.nanos ?? 0
    const all = calls.reduce((sum, { nanos }) => sum + nanos, 0)
    const requests = windows.map((window) => ({
      budgetId: window.budgetId,
      start: window.startText,
      need: Math.max(0, first - spare(window)),
      demand: Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, all - spare(window))),
      prefetch: this.prefetch(window, first),
      asked: asked.get(window) ?? 0,
    }))
    // An answer that comes too late for the calls still counts.
    const answered = this.store.grant(requests).then((answers) => pair(windows, answers).map(learn))
    for (const window of windows) window.asking++
    const answers = await inTime(this.clock, answered).finally(() => {
      for (const window of windows) window.asking--
    })
    if (answers.length < windows.length) {
      for (const window of windows) window.opened = false
      throw new Error('a budget that a call needs is not in the database')
    }
    return answers.filter(({ answer }) => answer.short)
  }

  private prefetch(window: BudgetWindow, nanos: number): number {
    if (this.isTight(window)) return 0
    const now = this.clock.now()
    const recent = now - window.grantedAt < 1000
    window.prefetch = recent ? Math.min(prefetchMax, window.prefetch * 2) : prefetchMin
    window.grantedAt = now
    return Math.min(Number.MAX_SAFE_INTEGER, nanos * window.prefetch)
  }

  private rememberAsking(queue: Queue, short: ShortWindow[]): void {
    const now = this.clock.now()
    queue.since ??= now
    for (const { window, answer } of short) {
      queue.asked.set(window, answer.recall)
      window.tightUntil = now + tightMs
    }
  }

  /** Refuses all calls that need more than there is; for the others it is asked again. */
  private refuse(queue: Queue, short: ShortWindow[]): void {
    const left = short.map(({ window, answer }) => ({ window, leftNanos: leftIn(window, answer) }))
    const tightest = left.reduce((least, one) => (one.leftNanos < least.leftNanos ? one : least))
    const { window, leftNanos } = tightest
    const refused = queue.calls.filter(({ nanos }) => nanos > leftNanos)
    queue.calls = queue.calls.filter(({ nanos }) => nanos <= leftNanos)
    forgetAsking(queue)
    window.refusedAbove = leftNanos
    window.refusedUntil = this.clock.now() + refusalMs
    for (const call of refused) call.resolve(tightest)
  }
}

function forgetAsking(queue: Queue): void {
  queue.asked.clear()
  queue.since = null
}

/** Holds for the first calls of a queue as far as the leases go; false when none is left waiting. */
function admit({ windows, calls }: Queue): boolean {
  let [first] = calls
  while (first && tryHold(windows, first.nanos)) {
    calls.shift()
    first.resolve(null)
    ;[first] = calls
  }
  return first !== undefined
}

function pair(windows: BudgetWindow[], answers: GrantAnswer[]): ShortWindow[] {
  return windows.flatMap((window, place) => {
    const answer = answers[place]
    return answer ? [{ window, answer }] : []
  })
}

function learn(one: ShortWindow): ShortWindow {
  applyCounters(one.window, one.answer.granted, one.answer.returned)
  one.window.unleased = one.answer.unleased
  return one
}

/** What a call could hold at most: what nobody has leased and what this process has to spare. */
function leftIn(window: BudgetWindow, { unleased }: GrantAnswer): number {
  return Math.max(0, unleased + spare(window))
}

/** A bell that rings when one of the windows may have money again. */
function hangBell(windows: BudgetWindow[]) {
  let ring = () => {}
  const rang = new Promise<void>((resolve) => {
    ring = resolve
  })
  for (const { waiting } of windows) waiting.add(ring)
  return {
    rung: (clock: Clock, ms: number) =>
      new Promise<void>((resolve) => {
        const cancel = clock.after(ms, resolve)
        void rang.then(() => {
          cancel()
          resolve()
        })
      }),
    remove: () => {
      for (const { waiting } of windows) waiting.delete(ring)
    },
  }
}

function databaseAway(error: unknown): AkcpError {
  return new AkcpError('service_unavailable', 'The budget of this call cannot be checked right now.', {
    hint: 'Try again in a few seconds; the gateway cannot reach its database.',
    headers: { 'retry-after': '2' },
    cause: error,
  })
}
