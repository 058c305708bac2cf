/**
 * The statements of `lib/data/budgets.ts` and the posting of the ledger as pure rules in memory, behind a network and a
 * clock that the test leads: statements arrive in any order, and requests and answers get lost.
 */
import type { Counters, GrantAnswer, LeaseStore, Notice, WindowKey } from '@/lib/data/budgets'
import type { Charge } from '@/lib/data/ledger'
import type { Clock } from '@/lib/limits/clock'

type Window = { posted: number; leased: number; lost: number; recall: number }
type Lease = { amount: number; granted: number; returned: number; posted: number; answered: number }
export type Fate = 'answered' | 'request lost' | 'answer lost' | 'never answered'

/** What is on its way to the database or back to a process; `go` lets it arrive. */
type Message = { process: string; toDatabase: boolean; go(fate: Fate): void }

export class ModelClock implements Clock {
  private timers: { at: number; run: () => void }[] = []
  constructor(private time: number) {}

  now(): number {
    return this.time
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((each) => each !== timer)
    }
  }

  /** Lets time pass up to the next timer, `ms` at most; true when a timer ran. */
  step(ms: number): boolean {
    const [next] = [...this.timers].sort((a, b) => a.at - b.at)
    if (!next || next.at > this.time + ms) {
      this.time += ms
      return false
    }
    this.timers = this.timers.filter((each) => each !== next)
    this.time = Math.max(this.time, next.at)
    next.run()
    return true
  }
}

export class ModelDatabase {
  readonly limits = new Map<string, number>()
  readonly windows = new Map<string, Window>()
  private readonly leases = new Map<string, Map<string, Lease>>()
  private readonly listeners = new Map<string, (notice: Notice) => void>()
  private readonly rows = new Set<string>()
  private readonly dead = new Set<string>()
  readonly network: Message[] = []

  /** What one process reaches the database by. */
  store(processId: string): LeaseStore {
    const send = <Result>(execute: () => Result): Promise<Result> =>
      new Promise((resolve, reject) => {
        const go = (fate: Fate) => {
          if (fate === 'request lost') return reject(new Error('the request was lost'))
          const result = execute()
          const back = { process: processId, toDatabase: false }
          if (fate === 'answer lost') this.network.push({ ...back, go: () => reject(new Error('no answer')) })
          if (fate === 'answered') this.network.push({ ...back, go: () => resolve(result) })
        }
        if (!this.dead.has(processId)) this.network.push({ process: processId, toDatabase: true, go })
      })
    return {
      open: (keys) => send(() => keys.forEach((key) => void this.open(nameOf(key)))),
      grant: (requests) => send(() => this.grant(processId, requests)),
      giveBack: (returns) => send(() => returns.map((each) => this.giveBack(processId, each))),
      read: (keys) => send(() => keys.map((key) => this.read(processId, key))),
      listen: async (tell) => {
        this.listeners.set(processId, tell)
        return async () => void this.listeners.delete(processId)
      },
    }
  }

  /** The ledger: a row is posted once. */
  post(processId: string, id: string, charges: Charge[]): void {
    if (this.rows.has(id)) return
    this.rows.add(id)
    for (const { budget_id, window_start, nanos, leased } of charges) {
      const name = nameOf({ budgetId: budget_id, start: window_start })
      const window = this.open(name)
      const lease = this.leaseOf(name, processId)
      const taken = Math.min(leased, lease.amount)
      lease.amount -= taken
      lease.posted += nanos
      window.leased -= taken
      window.posted += nanos
    }
  }

  endLeases(processId: string, how: 'released' | 'lost'): void {
    for (const [name, leases] of this.leases) {
      const lease = leases.get(processId)
      if (!lease || lease.amount === 0) continue
      const window = this.open(name)
      window.leased -= lease.amount
      if (how === 'lost') window.lost += lease.amount
      lease.returned += lease.amount
      lease.amount = 0
    }
  }

  /** A process is dead: what it has sent arrives, and nothing that is sent to it. */
  cutOff(processId: string): void {
    this.dead.add(processId)
    this.listeners.delete(processId)
    const own = this.network.filter(({ process }) => process === processId)
    const others = this.network.filter(({ process }) => process !== processId)
    this.network.splice(0, Number.POSITIVE_INFINITY, ...others)
    for (const message of own) if (message.toDatabase) message.go('never answered')
  }

  leaseAmounts(name: string): number[] {
    return [...(this.leases.get(name)?.values() ?? [])].map(({ amount }) => amount)
  }

  private open(name: string): Window {
    const window = this.windows.get(name) ?? { posted: 0, leased: 0, lost: 0, recall: 0 }
    this.windows.set(name, window)
    return window
  }

  private leaseOf(name: string, processId: string): Lease {
    const leases = this.leases.get(name) ?? new Map<string, Lease>()
    this.leases.set(name, leases)
    const lease = leases.get(processId) ?? { amount: 0, granted: 0, returned: 0, posted: 0, answered: 0 }
    leases.set(processId, lease)
    return lease
  }

  private unleased(name: string): number {
    const { posted, leased, lost } = this.open(name)
    return (this.limits.get(name.split(' ')[0] ?? '') ?? 0) - posted - leased - lost
  }

  private grant(processId: string, requests: Parameters<LeaseStore['grant']>[0]): GrantAnswer[] {
    const names = requests.map(nameOf)
    if (names.some((name) => !this.windows.has(name))) return []
    const granted = requests.every(({ need }, place) => {
      return need === 0 || this.unleased(names[place] ?? '') >= need
    })
    return requests.map(({ need, demand, prefetch, asked }, place) => {
      const name = names[place] ?? ''
      const window = this.open(name)
      const lease = this.leaseOf(name, processId)
      const unleased = this.unleased(name)
      const short = need > 0 && unleased < need
      const wanted = Math.max(demand, Math.min(demand + prefetch, Math.floor(unleased / 8)))
      const amount = granted ? Math.max(0, Math.min(unleased, wanted)) : 0
      const others = asked === 0 ? window.leased > lease.amount : this.unanswered(name, processId, asked)
      if (short && asked === 0) this.tell(processId, 'recall', name, ++window.recall)
      lease.amount += amount
      lease.granted += amount
      window.leased += amount
      return {
        ...countersOf(lease),
        unleased: unleased - amount,
        recall: short && asked === 0 ? window.recall : asked,
        short,
        others: short && others,
      }
    })
  }

  private unanswered(name: string, processId: string, asked: number): boolean {
    const leases = [...(this.leases.get(name) ?? [])]
    return leases.some(([id, { amount, answered }]) => id !== processId && amount > 0 && answered < asked)
  }

  private giveBack(
    processId: string,
    { returned, recall, ...key }: Parameters<LeaseStore['giveBack']>[0][0],
  ) {
    const name = nameOf(key)
    const window = this.open(name)
    const lease = this.leaseOf(name, processId)
    const amount = Math.min(lease.amount, Math.max(0, Number(returned) - lease.returned))
    lease.amount -= amount
    lease.returned = Math.max(lease.returned, Number(returned))
    lease.answered = Math.max(lease.answered, recall)
    window.leased -= amount
    if (window.recall > 0) this.tell(processId, 'freed', name, window.recall)
    return countersOf(lease)
  }

  private read(processId: string, key: WindowKey) {
    const name = nameOf(key)
    const window = this.open(name)
    const lease = this.leaseOf(name, processId)
    return {
      ...countersOf(lease),
      unleased: this.unleased(name),
      recall: window.recall,
      ownPosted: lease.posted,
      posted: window.posted,
    }
  }

  private tell(from: string, kind: Notice['kind'], name: string, recall: number): void {
    const [budgetId = '', start = ''] = name.split(' ')
    const notice = { kind, budgetId, start: Date.parse(start) / 1000, recall }
    for (const [to, hear] of this.listeners) {
      const go = (fate: Fate) => {
        if (fate === 'answered') hear(notice)
      }
      if (to !== from) this.network.push({ process: to, toDatabase: false, go })
    }
  }
}

function nameOf({ budgetId, start }: WindowKey): string {
  return `${budgetId} ${start}`
}

function countersOf({ granted, returned }: Lease): Counters {
  return { granted: BigInt(granted), returned: BigInt(returned) }
}
