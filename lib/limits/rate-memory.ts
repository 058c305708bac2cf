/**
 * What this process remembers of each rule. It decides alone where there is no Redis or Redis is away; while Redis
 * decides, it takes notes, so that it can go on from there.
 *
 * Alone, every process may use its share of what nobody had used when the processes lost sight of each other, on top of
 * what it had used itself. With the same knowledge everywhere, the sum never exceeds the limit. What is not exact:
 * - What others took after this process's last answer from Redis is a guess: three times this process's own pace, and two more.
 * - A rule that this process had not asked Redis about in the last minute starts with nothing counted.
 * - While the number of processes changes, they may disagree on it for some seconds; and while only some of them are
 *   cut off, those add their shares to what Redis still lets through for the rest.
 * - A process that starts while there is no Redis begins with nothing counted.
 * - Calls of others that were running are forgotten after a minute; tokens of others are split evenly.
 */
import {
  type Bucket,
  bucketWait,
  concurrencyRetryMs,
  type LimitRule,
  type LimitScope,
  minuteMs,
  type Peers,
  type Standing,
  share,
  usedOf,
} from './rate'

/** One call's part in the counts: to be given back once, by `settle` or `refund`. */
export type Ticket = {
  readonly counted: Counted[]
  readonly tokens: number
  readonly at: number
  readonly leaseEndsAt: number
  /** Its name in Redis; null: counted in this process only. */
  id: string | null
  open: boolean
}

export type Counted = { rule: LimitRule; counter: Counter }

/** What is known of one rule. */
export type Counter = {
  readonly name: string
  /** This process's requests of the last minute, oldest first, from index `first` on. */
  times: number[]
  first: number
  running: Set<Ticket>
  bucket: Bucket
  /** Whether `bucket` is that of all processes together, as Redis said. */
  bucketOfAll: boolean
  /** What others had used by Redis's last answer. */
  others: { requests: number; running: number; at: number } | null
}

export type CounterStanding = Standing & { counter: Counter }

export class RateMemory {
  private readonly counters = new Map<LimitScope, Map<string, Counter>>()
  /** Since when this process decides without Redis. */
  aloneSince = Number.NEGATIVE_INFINITY

  counted(rules: LimitRule[]): Counted[] {
    const counted: Counted[] = []
    for (const rule of rules) {
      const { scope, id } = rule
      counted.push({ rule, counter: this.counters.get(scope)?.get(id) ?? this.remember(scope, id) })
    }
    return counted
  }

  private remember(scope: LimitScope, id: string): Counter {
    const ofScope = this.counters.get(scope) ?? new Map<string, Counter>()
    const counter = newCounter(`${scope}:${id}`)
    this.counters.set(scope, ofScope.set(id, counter))
    return counter
  }

  /** How the rules stand for this process alone. */
  standings(counted: Counted[], tokens: number, now: number, peers: Peers): Standing[] {
    const standings: Standing[] = []
    for (const one of counted) {
      const { rpm, tpm, concurrency } = one.rule.limits
      if (rpm !== null) standings.push(this.requests(one, rpm, now, peers))
      if (tpm !== null) standings.push(bucketStanding(one, tpm, tokens, now, peers))
      if (concurrency !== null) standings.push(this.calls(one, concurrency, now, peers))
    }
    return standings
  }

  private requests({ rule, counter }: Counted, limit: number, now: number, peers: Peers): Standing {
    forgetOld(counter, now)
    const { times, first } = counter
    const used = times.length - first
    const allowed = this.allowed(limit, counter, 'requests', now, peers)
    const waitMs = used < allowed ? 0 : leavesIn(counter, first + used - allowed, now)
    return { rule, kind: 'rpm', allowed, used, waitMs, resetMs: leavesIn(counter, first, now) }
  }

  private calls({ rule, counter }: Counted, limit: number, now: number, peers: Peers): Standing {
    const { running } = counter
    if (running.size >= Math.floor(limit / peers.count)) endLeases(running, now)
    const allowed = this.allowed(limit, counter, 'running', now, peers)
    const waitMs = running.size < allowed ? 0 : concurrencyRetryMs
    return { rule, kind: 'concurrency', allowed, used: running.size, waitMs, resetMs: waitMs }
  }

  private allowed(
    limit: number,
    counter: Counter,
    kind: 'requests' | 'running',
    now: number,
    peers: Peers,
  ): number {
    if (now - this.aloneSince > minuteMs) return share(limit, peers)
    // What this process had used when it was left alone, as far as it still counts.
    const own =
      kind === 'requests'
        ? countBefore(counter, this.aloneSince)
        : [...counter.running].filter(({ at }) => at < this.aloneSince).length
    return own + share(Math.max(0, limit - own - this.usedByOthers(counter, kind, now, peers)), peers)
  }

  /** Before this process was left alone: known from Redis's last answer, and guessed from then on. */
  private usedByOthers(counter: Counter, kind: 'requests' | 'running', now: number, peers: Peers): number {
    const { others } = counter
    if (!others || this.aloneSince - others.at > minuteMs) return 0
    const until = kind === 'running' ? this.aloneSince : others.at
    const known = now - until <= minuteMs ? others[kind] : 0
    if (kind === 'running') return known
    const unseenMs = this.aloneSince - others.at
    if (unseenMs <= 0) return known
    const lookBackMs = 2 * unseenMs + 1000
    const own = countBefore(counter, this.aloneSince) - countBefore(counter, this.aloneSince - lookBackMs)
    // And two calls of each, for those that were on their way.
    return known + Math.ceil((peers.count - 1) * (2 + (3 * own * unseenMs) / lookBackMs))
  }

  /** Counts a call that has been let in. */
  add(counted: Counted[], tokens: number, leaseMs: number, now: number): Ticket {
    const ticket = { counted, tokens, at: now, leaseEndsAt: now + leaseMs, id: null, open: true }
    for (const { rule, counter } of counted) {
      const { limits } = rule
      if (limits.rpm !== null) counter.times.push(now)
      if (limits.tpm !== null) counter.bucket.used += tokens
      if (limits.concurrency !== null) counter.running.add(ticket)
    }
    return ticket
  }

  /** The call has ended; `tokens`: what it really used. */
  settle(ticket: Ticket, tokens: number, now: number): void {
    for (const { rule, counter } of ticket.counted) {
      counter.running.delete(ticket)
      if (rule.limits.tpm !== null) addTokens(counter.bucket, tokens - ticket.tokens, now)
    }
  }

  /** The call has used nothing. */
  refund(ticket: Ticket, now: number): void {
    this.settle(ticket, 0, now)
    for (const { rule, counter } of ticket.counted) {
      if (rule.limits.rpm === null) continue
      // Requests of the same moment are alike.
      const at = counter.times.lastIndexOf(ticket.at)
      if (at >= counter.first) counter.times.splice(at, 1)
    }
  }

  /** Notes what Redis answered, before its decision is added. */
  note(standings: CounterStanding[], now: number): void {
    for (const standing of standings) noteOne(standing, now)
  }

  /** Lets go of rules that nothing is counted for any more. */
  forgetIdle(now: number): void {
    for (const ofScope of this.counters.values()) {
      for (const [id, counter] of ofScope) {
        forgetOld(counter, now)
        endLeases(counter.running, now)
        const isIdle = counter.times.length === 0 && counter.running.size === 0
        const knowsOthers = counter.others && now - counter.others.at <= minuteMs
        if (isIdle && !knowsOthers && usedOf(counter.bucket, now) === 0) ofScope.delete(id)
      }
    }
  }

  get size(): number {
    return [...this.counters.values()].reduce((sum, ofScope) => sum + ofScope.size, 0)
  }
}

function newCounter(name: string): Counter {
  return {
    name,
    times: [],
    first: 0,
    running: new Set(),
    bucket: { used: 0, at: 0, perMinute: 0 },
    bucketOfAll: false,
    others: null,
  }
}

function bucketStanding(
  { rule, counter }: Counted,
  limit: number,
  tokens: number,
  now: number,
  peers: Peers,
): Standing {
  const { bucket } = counter
  if (counter.bucketOfAll) {
    bucket.used /= peers.count
    bucket.perMinute /= peers.count
    counter.bucketOfAll = false
  }
  const allowed = share(limit, peers)
  const used = setBucket(bucket, usedOf(bucket, now), allowed, now)
  const waitMs = bucketWait(used, tokens, allowed)
  return { rule, kind: 'tpm', allowed, used, waitMs, resetMs: (used * minuteMs) / Math.max(1, allowed) }
}

function setBucket(bucket: Bucket, used: number, perMinute: number, now: number): number {
  bucket.used = used
  bucket.perMinute = perMinute
  bucket.at = now
  return used
}

function addTokens(bucket: Bucket, tokens: number, now: number): void {
  setBucket(bucket, Math.max(0, usedOf(bucket, now) + tokens), bucket.perMinute, now)
}

function noteOne({ kind, rule, used, counter }: CounterStanding, now: number): void {
  if (kind === 'tpm') {
    setBucket(counter.bucket, used, rule.limits.tpm ?? 0, now)
    counter.bucketOfAll = true
    return
  }
  counter.others ??= { requests: 0, running: 0, at: now }
  counter.others.at = now
  if (kind === 'concurrency') {
    counter.others.running = Math.max(0, used - counter.running.size)
    return
  }
  forgetOld(counter, now)
  counter.others.requests = Math.max(0, used - (counter.times.length - counter.first))
}

/** Milliseconds until the request at this place is older than a minute. */
function leavesIn({ times }: Counter, index: number, now: number): number {
  return (times[index] ?? now) + minuteMs + 1 - now
}

/** Requests that are older than a minute. */
function forgetOld(counter: Counter, now: number): void {
  const { times } = counter
  while (counter.first < times.length && now - (times[counter.first] ?? now) > minuteMs) counter.first++
  if (counter.first > 0 && (counter.first === times.length || counter.first > 1000)) {
    times.splice(0, counter.first)
    counter.first = 0
  }
}

function endLeases(running: Set<Ticket>, now: number): void {
  for (const ticket of running) if (ticket.leaseEndsAt <= now) running.delete(ticket)
}

/** How many of the remembered requests were made before `time`: by halving, as they are in order. */
function countBefore({ times, first }: Counter, time: number): number {
  let low = first
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] ?? 0) < time) low = middle + 1
    else high = middle
  }
  return low - first
}
