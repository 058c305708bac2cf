import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LimitRule, type Peers, refusalOf, type Standing, share } from '@/lib/limits/rate'
import { RateMemory, type Ticket } from '@/lib/limits/rate-memory'

const everything: Peers = { count: 1, rank: 0 }
const lease = 600_000
const app = (limits: Partial<LimitRule['limits']>): LimitRule => ({
  scope: 'app',
  id: 'one',
  limits: { rpm: null, tpm: null, concurrency: null, ...limits },
})

/** A process, and what it knows of the others. */
class Process {
  readonly memory = new RateMemory()
  private readonly tickets: Ticket[] = []

  constructor(private readonly rule: LimitRule) {}

  /** Hears from `shared`, which stands for Redis, how the rule stands. */
  hear(shared: RateMemory, now: number): Standing[] {
    const standings = shared.standings(shared.counted([this.rule]), 0, now, everything)
    const heard = this.memory
      .counted([this.rule])
      .flatMap(({ counter }) => standings.map((standing) => ({ ...standing, counter })))
    this.memory.note(heard, now)
    return standings
  }

  askShared(shared: RateMemory, now: number): boolean {
    if (refusalOf(this.hear(shared, now))) return false
    shared.add(shared.counted([this.rule]), 0, lease, now)
    this.tickets.push(this.memory.add(this.memory.counted([this.rule]), 0, lease, now))
    return true
  }

  /** From now on this process decides, with all it could know. */
  separate(shared: RateMemory, now: number): void {
    this.hear(shared, now)
    this.memory.aloneSince = now
  }

  askAlone(peers: Peers, now: number): boolean {
    const counted = this.memory.counted([this.rule])
    if (refusalOf(this.memory.standings(counted, 0, now, peers))) return false
    this.tickets.push(this.memory.add(counted, 0, lease, now))
    return true
  }

  giveBackAll(now: number): void {
    for (const ticket of this.tickets.splice(0)) this.memory.settle(ticket, 0, now)
  }
}

describe('share', () => {
  it('splits a limit so that the parts add up to it', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.integer({ min: 1, max: 50 }), (limit, count) => {
        const parts = Array.from({ length: count }, (_, rank) => share(limit, { count, rank }))
        expect(parts.reduce((sum, part) => sum + part)).toBe(limit)
        expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

/** The most that any minute has seen. */
function mostInAMinute(times: number[]): number {
  return Math.max(
    0,
    ...times.map((first, index) => times.slice(index).filter((time) => time - first <= 60_000).length),
  )
}

describe('processes that lose sight of each other', () => {
  const call = fc.record({ who: fc.nat(4), afterMs: fc.integer({ min: 0, max: 4000 }) })

  it('never let in more than the limit in any minute, if each has just heard how it stands', () => {
    const count = fc.integer({ min: 1, max: 5 })
    const cases = [count, fc.nat(30), fc.array(call, { maxLength: 150 }), fc.nat(150)] as const
    fc.assert(
      fc.property(...cases, (count, rpm, calls, cut) => {
        const processes = Array.from({ length: count }, () => new Process(app({ rpm })))
        const shared = new RateMemory()
        const admitted: number[] = []
        let now = 0
        for (const [index, { who, afterMs }] of calls.entries()) {
          now += afterMs
          const rank = who % count
          if (index === cut) for (const process of processes) process.separate(shared, now)
          const process = processes[rank]
          const ok = index < cut ? process?.askShared(shared, now) : process?.askAlone({ count, rank }, now)
          if (ok) admitted.push(now)
        }
        expect(mostInAMinute(admitted)).toBeLessThanOrEqual(rpm)
      }),
      { numRuns: 3000 },
    )
  })

  it('use up the limit together a minute later', () => {
    const processes = [0, 1, 2].map(() => new Process(app({ rpm: 10, concurrency: 7 })))
    const shared = new RateMemory()
    for (let call = 0; call < 5; call++) processes[0]?.askShared(shared, 0)
    for (const process of processes) process.separate(shared, 1000)
    const admitted = (now: number) =>
      processes.map((process, rank) => {
        let admitted = 0
        while (process.askAlone({ count: 3, rank }, now)) admitted++
        return admitted
      })
    // Of 7 running calls, 5 are known: two are left, for the first two.
    expect(admitted(1000)).toEqual([1, 1, 0])
    for (const process of processes) process.giveBackAll(61_000)
    expect(admitted(62_001)).toEqual([3, 2, 2])
  })

  it('leave room for what others may have taken since the last answer', () => {
    const [one, other] = [new Process(app({ rpm: 100 })), new Process(app({ rpm: 100 }))]
    const shared = new RateMemory()
    // Each asks every 100 ms; the last that `one` has heard is half a second old.
    for (let now = 0; now < 2000; now += 100) {
      one.askShared(shared, now)
      other.askShared(shared, now)
    }
    for (let now = 2000; now < 2500; now += 100) other.askShared(shared, now)
    one.memory.aloneSince = 2500
    other.separate(shared, 2500)
    let admitted = 45
    while (one.askAlone({ count: 2, rank: 0 }, 2500)) admitted++
    while (other.askAlone({ count: 2, rank: 1 }, 2500)) admitted++
    expect(admitted).toBeLessThanOrEqual(100)
    expect(admitted).toBeGreaterThan(90)
  })

  it('split what is left in a bucket', () => {
    const rule = app({ tpm: 900 })
    const memory = new RateMemory()
    const [{ counter } = never()] = memory.counted([rule])
    memory.note([{ rule, counter, kind: 'tpm', allowed: 900, used: 600, waitMs: 0, resetMs: 0 }], 0)
    memory.aloneSince = 0
    const peers = { count: 3, rank: 0 }
    const fits = (tokens: number, now: number) =>
      refusalOf(memory.standings(memory.counted([rule]), tokens, now, peers)) === null
    expect(fits(101, 0)).toBe(false)
    expect(fits(100, 0)).toBe(true)
    // 300 a minute flow into this process's third.
    expect(fits(199, 20_000)).toBe(true)
    expect(fits(201, 20_000)).toBe(false)
  })
})

describe('what a process remembers', () => {
  it('is let go of when nothing is counted any more', () => {
    const memory = new RateMemory()
    const rules = [app({ rpm: 5, tpm: 100, concurrency: 2 }), { ...app({ rpm: 5 }), id: 'two' }]
    memory.add(memory.counted(rules), 150, 80_000, 0)
    memory.standings(memory.counted(rules), 0, 0, everything)
    memory.forgetIdle(60_000)
    expect(memory.size).toBe(2)
    memory.forgetIdle(61_000)
    expect(memory.size).toBe(1)
    memory.forgetIdle(91_000)
    expect(memory.size).toBe(0)
  })

  it('does not keep more than a minute of requests', () => {
    const memory = new RateMemory()
    const rules = [app({ rpm: 1e9 })]
    for (let now = 0; now < 500_000; now += 10) {
      memory.standings(memory.counted(rules), 0, now, everything)
      memory.add(memory.counted(rules), 0, lease, now)
    }
    const [{ counter } = never()] = memory.counted(rules)
    expect(counter.times.length).toBeLessThan(6000 + 1100)
  })
})

function never(): never {
  throw new Error('one rule has one counter')
}
