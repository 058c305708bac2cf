/**
 * What the gateway asks before a call. Redis decides for all processes together; where there is none, or it does not
 * answer in time, each process enforces its share of every limit. When Redis is back, both must agree for a while,
 * because it does not know what was let in without it.
 */
import { randomBytes } from 'node:crypto'
import type { Env } from '@/lib/env'
import { log } from '@/lib/log'
import {
  type LimitRule,
  leftAfter,
  minuteMs,
  noLimits,
  type Peers,
  type RateLeft,
  type RateRefusal,
  refusalOf,
} from './rate'
import { type Counted, RateMemory, type Ticket } from './rate-memory'
import {
  addTokensCall,
  giveBackScript,
  join,
  removeCall,
  type ScriptCall,
  standingsOf,
  takeCall,
  takeScript,
} from './rate-script'
import { longestAbsenceMs, type RedisLink, redisLink } from './redis-link'

export type Taken = { ok: true; ticket: Ticket; left: RateLeft } | { ok: false; refusal: RateRefusal }

/** How much longer one call may wait for Redis, over all it takes: give the same object each time. */
export type Patience = { ms: number }

export type RateState = {
  store: 'memory' | 'redis' | 'upstash'
  /** Since when Redis does not answer; milliseconds since the epoch. */
  degradedSince: number | null
  error: string | null
}

type Options = {
  /** Null: there is no Redis. */
  link: RedisLink | null
  peers: () => Peers
  /** Milliseconds that only ever grow. */
  now?: () => number
}

/** How long a call waits for Redis. */
export const patienceMs = 100
/** All processes have seen that Redis is back, and all that it does not know of is a minute old. */
const rejoinMs = longestAbsenceMs + minuteMs
/** What is given back to Redis later, at most; the rest ends with its lease. */
const owedMax = 10_000
const owedAtOnce = 100

export class RateLimits {
  private readonly memory = new RateMemory()
  private readonly link: RedisLink | null
  private readonly peers: () => Peers
  private readonly now: () => number
  /** Alone: this process decides. Shared: Redis. Rejoining: both must agree. */
  private mode: 'alone' | 'shared' | 'rejoining' = 'alone'
  private rejoinedAt = 0
  private owed: ScriptCall[] = []
  private sweep: NodeJS.Timeout | undefined
  private readonly process = randomBytes(6).toString('base64url')
  private tickets = 0

  constructor({ link, peers, now = () => performance.now() }: Options) {
    this.link = link
    this.peers = peers
    this.now = now
    if (!link) return
    link.onDown = () => this.separate(link)
    link.onUp = () => this.rejoin(link)
  }

  get state(): RateState {
    const { kind, downSince, error } = this.link ?? { kind: 'memory', downSince: null, error: null }
    return { store: kind, degradedSince: downSince, error }
  }

  /** Connects to Redis; one that does not answer is waited for in the background. Throws when it never will. */
  async start(): Promise<void> {
    this.sweep = setInterval(() => this.memory.forgetIdle(this.now()), minuteMs).unref()
    if (await this.link?.start()) this.mode = 'shared'
  }

  async stop(): Promise<void> {
    clearInterval(this.sweep)
    await this.link?.stop()
  }

  /**
   * Takes one request, `tokens` and one running call from every rule, or nothing from any. A lease is how long a call
   * counts as running if nobody gives its ticket back. A promise only where Redis is asked.
   */
  take(
    rules: LimitRule[],
    tokens: number,
    leaseMs: number,
    patience: Patience = { ms: patienceMs },
  ): Taken | Promise<Taken> {
    const counted = this.memory.counted(rules)
    if (this.link === null || this.mode === 'alone' || rules.length === 0) {
      return this.takeHere(counted, tokens, leaseMs)
    }
    if (this.mode === 'rejoining' && this.now() - this.rejoinedAt > rejoinMs) this.mode = 'shared'
    if (this.mode === 'shared') return this.ask(this.link, counted, tokens, leaseMs, patience, null)
    const here = this.takeHere(counted, tokens, leaseMs)
    return here.ok ? this.ask(this.link, counted, tokens, leaseMs, patience, here.ticket) : here
  }

  /** The call has ended and has used `tokens` in all. */
  settle(ticket: Ticket, tokens: number): void {
    if (!ticket.open) return
    ticket.open = false
    this.memory.settle(ticket, tokens, this.now())
    this.giveBack(ticket, ['concurrency'], tokens - ticket.tokens)
  }

  /** The call has used nothing: its request does not count either. */
  refund(ticket: Ticket): void {
    if (!ticket.open) return
    ticket.open = false
    this.memory.refund(ticket, this.now())
    this.giveBack(ticket, ['rpm', 'concurrency'], -ticket.tokens)
  }

  private takeHere(counted: Counted[], tokens: number, leaseMs: number): Taken {
    const now = this.now()
    if (counted.length === 0) return { ok: true, ticket: this.memory.add([], 0, 0, now), left: noLimits }
    const standings = this.memory.standings(counted, tokens, now, this.peers())
    const refusal = refusalOf(standings)
    if (refusal) return { ok: false, refusal }
    return {
      ok: true,
      ticket: this.memory.add(counted, tokens, leaseMs, now),
      left: leftAfter(standings, tokens),
    }
  }

  /** `here`: what this process has let in already, where both must agree. */
  private async ask(
    link: RedisLink,
    counted: Counted[],
    tokens: number,
    leaseMs: number,
    patience: Patience,
    here: Ticket | null,
  ): Promise<Taken> {
    const id = `${this.process}${(this.tickets++).toString(36)}`
    const askedAt = this.now()
    const waitMs = Math.max(1, patience.ms)
    let answer: number[]
    try {
      answer = await link.ask(takeScript, takeCall(counted, id, tokens, leaseMs), waitMs)
    } catch {
      // Redis may have counted it all the same.
      this.owe(removeCall(counted, id, ['rpm', 'concurrency']))
      if (here) this.memory.refund(here, this.now())
      return this.takeHere(counted, tokens, leaseMs)
    } finally {
      patience.ms -= this.now() - askedAt
    }
    return this.decided(standingsOf(counted, answer), { counted, id, tokens, leaseMs, here })
  }

  private decided(
    standings: ReturnType<typeof standingsOf>,
    call: { counted: Counted[]; id: string; tokens: number; leaseMs: number; here: Ticket | null },
  ): Taken {
    const { counted, id, tokens, leaseMs, here } = call
    const now = this.now()
    if (!here) this.memory.note(standings, now)
    const refusal = refusalOf(standings)
    if (refusal) {
      if (here) this.memory.refund(here, now)
      return { ok: false, refusal }
    }
    const ticket = here ?? this.memory.add(counted, tokens, leaseMs, now)
    ticket.id = id
    return { ok: true, ticket, left: leftAfter(standings, tokens) }
  }

  private giveBack({ id, counted }: Ticket, kinds: ('rpm' | 'concurrency')[], tokens: number): void {
    if (id === null || !this.link) return
    const removed = removeCall(counted, id, kinds)
    if (this.mode === 'alone') {
      this.owe(removed)
      return
    }
    const call = join([removed, addTokensCall(counted, tokens)])
    if (call.keys.length > 0) this.link.tell(giveBackScript, call)
  }

  private owe(call: ScriptCall): void {
    if (call.keys.length > 0 && this.owed.length < owedMax) this.owed.push(call)
  }

  private separate({ kind, error }: RedisLink): void {
    // Who was not back yet for long goes on counting its share.
    if (this.mode === 'shared') this.memory.aloneSince = this.now()
    this.mode = 'alone'
    log.warn(
      { store: kind, error },
      'rate limits: Redis does not answer; each process enforces its share of every limit',
    )
  }

  private rejoin(link: RedisLink): void {
    this.mode = 'rejoining'
    this.rejoinedAt = this.now()
    const seconds = Math.round((Date.now() - (link.downSince ?? 0)) / 1000)
    log.info({ store: link.kind, seconds }, 'rate limits: Redis counts again')
    const { owed } = this
    this.owed = []
    for (let at = 0; at < owed.length; at += owedAtOnce) {
      link.tell(giveBackScript, join(owed.slice(at, at + owedAtOnce)))
    }
  }
}

/** With the Redis that the environment names, if it names one. */
export function createRateLimits(env: Env, peers: () => Peers): RateLimits {
  return new RateLimits({ link: redisLink(env), peers })
}
