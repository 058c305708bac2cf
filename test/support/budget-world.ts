/** Processes, crashes, lost messages and edited limits in any order: no budget is ever overspent, and no money leaks. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { AkcpError } from '@/lib/errors'
import { BudgetBook, type Held } from '@/lib/limits/budget-book'

import type { Budget } from '@/lib/registry/bounds'
import { type Fate, ModelClock, ModelDatabase } from './budget-model'
import { budgetOf } from './budget-rows'

/** Two processes that want the same money may go on asking each other as long as no time passes; here it must. */
const manyMessages = 300
const names = ['a', 'b', 'c']
const idleMs = 5000
/** Two seconds before a day ends. */
const begin = Date.parse('2026-11-20T23:59:58Z')

type Command =
  | { do: 'hold'; process: number; budgets: string[]; nanos: number }
  | { do: 'settle'; call: number; share: number }
  | { do: 'deliver'; message: number; fate: Fate }
  | { do: 'flow'; messages: number }
  | { do: 'wait'; ms: number }
  | { do: 'post'; row: number }
  | { do: 'edit'; budget: string; limit: number }
  | { do: 'learn'; process: number }
  | { do: 'crash'; process: number; how: 'released' | 'lost' }

const index = fc.nat({ max: 30 })
const process_ = fc.nat({ max: 2 })
const amount = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(0))
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      process: process_,
      budgets: fc.subarray(names, { minLength: 1 }),
      nanos: amount,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      call: index,
      share: fc.constantFrom(0, 0.3, 1),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      message: fc.oneof(fc.constant(0), index),
      fate: fc.oneof(
        { weight: 3, arbitrary: fc.constant<Fate>('answered') },
        {
          weight: 1,
          arbitrary: fc.constantFrom<Fate[]>('request lost', 'answer lost', 'never answered'),
        },
      ),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('flow' as const), messages: fc.integer({ min: 2, max: 12 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 250, 1000, 2500, 6000) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('post' as const), row: index }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      budget: fc.constantFrom(...names),
      limit: fc.nat({ max: 150 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('learn' as const), process: process_ }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      process: process_,
      how: fc.constantFrom('released' as const, 'lost' as const),
    }),
  },
)

type Process = { id: string; book: BudgetBook; known: Map<string, Budget>; alive: boolean; waiting: number }
type Call = { process: Process; held: Held; nanos: number }
type Row = { id: string; process: Process; charges: ReturnType<BudgetBook['settle']> }

class World {
  readonly clock = new ModelClock(begin)
  readonly database = new ModelDatabase()
  private readonly budgets = new Map<string, Budget>()
  /** The highest limit that each budget ever had. */
  private readonly highest = new Map<string, number>()
  private processes: Process[] = []
  private everyProcess: Process[] = []
  private calls: Call[] = []
  private rows: Row[] = []
  private posted: Row[] = []
  private rowCount = 0
  /** What calls have cost or may still cost, whoever remembers it, by window. */
  private readonly spent = new Map<string, number>()

  constructor(limits: number[]) {
    names.forEach((id, place) => void this.setLimit(id, limits[place] ?? 0))
    for (let place = 0; place < 3; place++) this.start(place)
  }

  async run(step: Command): Promise<void> {
    if (step.do === 'hold') this.hold(step.process, step.budgets, step.nanos)
    else if (step.do === 'settle') this.settle(step.call, step.share)
    else if (step.do === 'deliver') this.deliver(step.message, step.fate)
    else if (step.do === 'flow') await this.flow(step.messages)
    else if (step.do === 'wait') this.clock.step(step.ms)
    else if (step.do === 'post') this.post(step.row)
    else if (step.do === 'edit') this.setLimit(step.budget, step.limit)
    else if (step.do === 'learn') this.learn(step.process)
    else this.crash(step.process, step.how)
    await turn()
    this.check()
  }

  /** Everything comes to rest: calls end, messages arrive, leases go back. */
  async finish(): Promise<void> {
    for (const end = this.clock.now() + 20_000; this.clock.now() < end; ) {
      while (this.calls.length > 0) this.settle(0, 1)
      while (this.rows.length > 0) this.post(0)
      await this.flow(manyMessages)
      this.clock.step(1000)
      await turn()
      this.check()
    }
    expect(this.processes.map(({ waiting }) => waiting)).toEqual([0, 0, 0])
    for (const [name, window] of this.database.windows) {
      expect([name, window.leased]).toEqual([name, 0])
      const rows = this.posted.flatMap(({ charges }) => charges)
      const sum = rows
        .filter(({ budget_id, window_start }) => `${budget_id} ${window_start}` === name)
        .reduce((all, { nanos }) => all + nanos, 0)
      expect([name, window.posted]).toEqual([name, sum])
      expect(window.posted + window.lost).toBeGreaterThanOrEqual(this.spent.get(name) ?? 0)
    }
  }

  /** What is left of every budget can be held. */
  async holdTheRest(): Promise<void> {
    for (const id of names) {
      this.learn(0)
      const name = `${id} ${new Date(this.clock.now()).toISOString().slice(0, 10)}T00:00:00.000Z`
      const window = this.database.windows.get(name)
      const left = (this.database.limits.get(id) ?? 0) - (window ? window.posted + window.lost : 0)
      if (left <= 0) continue
      const before = this.calls.length
      this.hold(0, [id], left)
      for (let round = 0; round < 30 && this.calls.length === before; round++) {
        await this.flow(manyMessages)
        if (this.calls.length === before) this.clock.step(50)
        await turn()
      }
      expect([id, this.calls.length]).toEqual([id, before + 1])
      this.check()
    }
  }

  private start(place: number): void {
    const id = `${place}-${this.everyProcess.length}`
    const book = new BudgetBook(this.database.store(id), { clock: this.clock, idleMs })
    const process = { id, book, known: new Map(this.budgets), alive: true, waiting: 0 }
    void book.start()
    this.processes[place] = process
    this.everyProcess.push(process)
  }

  private setLimit(id: string, limit: number): void {
    this.database.limits.set(id, limit)
    this.budgets.set(id, budgetOf({ id, limitNanos: limit }))
    this.highest.set(id, Math.max(limit, this.highest.get(id) ?? 0))
  }

  private learn(place: number): void {
    for (const [id, budget] of this.budgets) this.processes[place]?.known.set(id, budget)
  }

  private hold(place: number, ids: string[], nanos: number): void {
    const process = this.processes[place]
    if (!process) return
    const budgets = ids.flatMap((id) => process.known.get(id) ?? [])
    const outcome = process.book.hold(budgets, 'UTC', nanos, this.clock.now())
    const take = (result: Awaited<typeof outcome>) => {
      if ('refused' in result || !process.alive) return
      this.calls.push({ process, held: result, nanos })
      for (const window of result.hard) this.count(`${window.budgetId} ${window.startText}`, nanos)
    }
    if (!(outcome instanceof Promise)) {
      take(outcome)
      return
    }
    process.waiting++
    // A rejection with anything else is never counted as an end, so that `finish` sees it.
    const away = (error: unknown) => {
      if (!(error instanceof AkcpError) || error.code !== 'service_unavailable') process.waiting = Number.NaN
    }
    void outcome.then(take, away).then(() => process.waiting--)
  }

  private count(name: string, nanos: number): void {
    this.spent.set(name, (this.spent.get(name) ?? 0) + nanos)
  }

  private settle(place: number, share: number): void {
    const [call] = this.calls.splice(place % Math.max(1, this.calls.length), 1)
    if (!call) return
    const { process, held, nanos } = call
    const cost = Math.floor(nanos * share)
    for (const window of held.hard) this.count(`${window.budgetId} ${window.startText}`, cost - nanos)
    const charges = process.book.settle(held, cost)
    this.rows.push({ id: this.newRow(), process, charges })
  }

  private deliver(place: number, fate: Fate): void {
    const { network } = this.database
    const [message] = network.splice(place % Math.max(1, network.length), 1)
    message?.go(fate)
  }

  private newRow(): string {
    return String(this.rowCount++)
  }

  /** Messages arrive in order, and what they lead to. */
  private async flow(messages: number): Promise<void> {
    for (let count = 0; count < messages && this.database.network.length > 0; count++) {
      this.deliver(0, 'answered')
      await turn()
    }
  }

  /** Sometimes a row that has been posted already is sent again. */
  private post(place: number): void {
    const again = this.posted[place]
    if (again) this.database.post(again.process.id, again.id, again.charges)
    const [row] = this.rows.splice(place % Math.max(1, this.rows.length), 1)
    if (!row) return
    this.database.post(row.process.id, row.id, row.charges)
    this.posted.push(row)
  }

  /**
   * A process dies with everything it knows. Either its journal is adopted: what it had settled is posted and what it
   * still held counts as spent; or there is none, and what it had leased is lost.
   */
  private crash(place: number, how: 'released' | 'lost'): void {
    const dead = this.processes[place]
    if (!dead) return
    dead.alive = false
    this.database.cutOff(dead.id)
    const own = this.calls.filter(({ process }) => process === dead)
    this.calls = this.calls.filter(({ process }) => process !== dead)
    if (how === 'released') {
      for (const { held, nanos } of own) {
        const charges = dead.book.settle(held, nanos)
        this.rows.push({
          id: this.newRow(),
          process: dead,
          charges,
        })
      }
      for (const row of this.rows.filter(({ process }) => process === dead)) {
        this.database.post(dead.id, row.id, row.charges)
        this.posted.push(row)
      }
    }
    this.rows = this.rows.filter(({ process }) => process !== dead)
    this.database.endLeases(dead.id, how)
    this.start(place)
  }

  private check(): void {
    const highest = (name: string) => this.highest.get(name.split(' ')[0] ?? '') ?? 0
    for (const [name, nanos] of this.spent) {
      if (nanos > highest(name)) throw new Error(`${name}: ${nanos} were spent of ${highest(name)}`)
    }
    for (const [name, { posted, leased, lost }] of this.database.windows) {
      const amounts = this.database.leaseAmounts(name)
      const sum = amounts.reduce((all, each) => all + each, 0)
      if (sum !== leased) throw new Error(`${name}: leases of ${sum}, but ${leased} are counted`)
      if (amounts.some((each) => each < 0)) throw new Error(`${name}: a lease below zero`)
      if (posted + leased + lost > highest(name)) throw new Error(`${name}: more than ${highest(name)}`)
    }
  }
}

/** Lets everything run that waits for nothing but its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Throws with the shortest list of commands after which something does not hold. */
export async function checkBudgetModel({ runs, seed }: { runs: number; seed: number }): Promise<void> {
  const limits = fc.array(fc.nat({ max: 100 }), { minLength: 3, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(limits, fc.array(command, { maxLength: 60, size: 'max' }), async (first, commands) => {
      const world = new World(first)
      for (const each of commands) await world.run(each)
      await world.finish()
      await world.holdTheRest()
    }),
    { numRuns: runs, seed },
  )
}
