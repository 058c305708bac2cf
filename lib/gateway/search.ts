/** The way of one call through its targets: which key is next, with that key's and its pool's limits and money taken. */
import type { BudgetBook, BudgetRefusal, Held } from '@/lib/limits/budget-book'
import type { RateRefusal } from '@/lib/limits/rate'
import type { Ticket } from '@/lib/limits/rate-memory'
import type { Bounds, LimitRule } from '@/lib/registry/bounds'
import type { Key, Stop, Target } from '@/lib/registry/snapshot'
import { boundNanos, leaseMs, tokensOf } from './admit'
import { budgetsOf, rulesOf, throttleRule } from './bounds'
import type { Context } from './context'
import { conversationOf } from './conversation'
import { ladderOf } from './ladder'
import { pickKey, type Skipped } from './pick-key'
import type { Progress } from './progress'
import { heldBy, type Subject, throttling } from './stops'

/** A key to try, and what is taken for the attempt. */
export type Choice = { target: Target; key: Key; ticket: Ticket | null; held: Held | null }

type Refusal = Skipped & { ofPool: boolean }

export class Search {
  /** Keys of the latest round that were passed over. */
  skipped: Skipped[] = []
  /** Of the limits and budgets that refused: the one that is free first. */
  refusals: { rate: RateRefusal | null; money: BudgetRefusal | null } = { rate: null, money: null }
  private readonly refused = new Map<string, Skipped>()
  private readonly closed = new Set<Target>()
  private conversation: string | null | undefined
  private waitedMs = 0

  constructor(
    private readonly context: Context,
    private readonly progress: Progress,
    private readonly targets: Target[],
  ) {}

  /** The next key; null when none is left, also after waiting as long as the pools allow. */
  async next(isGone: () => boolean): Promise<Choice | null> {
    for (;;) {
      this.skipped = []
      for (const target of this.targets) {
        const choice = this.closed.has(target) ? null : await this.choose(target)
        if (choice) return choice
      }
      if (!(await this.waitForSoonest(isGone))) return null
    }
  }

  /** Keeps a key from being chosen again. */
  exclude(key: Key): void {
    this.refused.set(key.id, { key_id: key.id, why: 'tried' })
  }

  /** Lets the tried keys be tried once more. */
  readmit(): void {
    for (const [id, { why }] of this.refused) if (why === 'tried') this.refused.delete(id)
  }

  /** Leaves a target alone from here on: it was too slow. */
  close(target: Target): void {
    this.closed.add(target)
  }

  /** The pressed stop that keeps the call from all of its keys, if that is all that does. */
  onlyStop(): Stop | null {
    if (this.skipped.length === 0 || this.skipped.some(({ why }) => why !== 'stopped')) return null
    for (const target of this.targets) {
      for (const { key } of target.pool.members) {
        const stop = this.stopOf(target, key, Date.now())
        if (stop) return stop
      }
    }
    return null
  }

  private async choose(target: Target): Promise<Choice | null> {
    const { context, progress } = this
    for (;;) {
      const now = Date.now()
      const { key, candidates, skipped } = pickKey({
        pool: target.pool,
        target,
        tenant: progress.attribution?.tenant ?? '',
        now,
        turns: context.turns,
        random: context.random,
        refused: this.refused,
        isHeld: (held) => this.stopOf(target, held, now) !== null,
        health: ({ id }) => context.health.verdict(id, target.model, now),
        load: ({ id }) => context.loads.load(id, target.model),
        cost: (priced) => this.likelyCost(target, priced, now),
        conversation: target.pool.stickiness === 'conversation' ? this.conversationId() : null,
      })
      if (!key) {
        this.skipped.push(...skipped)
        return null
      }
      context.health.beginTrial(key.id, target.model, now)
      const taken = await this.take(target, key, now)
      if (!('why' in taken)) {
        for (const one of skipped) this.skipped.push(one)
        progress.candidates = candidates
        progress.waitedMs = this.waitedMs
        return taken
      }
      context.health.report(key.id, target.model, { kind: 'left' }, now, now)
      this.refuse(target, taken)
    }
  }

  private refuse(target: Target, { ofPool, ...refusal }: Refusal): void {
    const ids = ofPool ? target.pool.members.map(({ key }) => key.id) : [refusal.key_id]
    for (const key_id of ids) if (!this.refused.has(key_id)) this.refused.set(key_id, { ...refusal, key_id })
  }

  /** Takes the attempt's share of the limits and budgets of the key and its pool, or says why it cannot. */
  private async take(target: Target, key: Key, now: number): Promise<Choice | Refusal> {
    const { context, progress } = this
    const bounds = [target.pool.bounds, key.bounds]
    const budgets = budgetsOf(bounds)
    const snapshot = context.snapshot()
    const refusal = (why: string, ofPool: boolean, retryAt?: number): Refusal => {
      return { key_id: key.id, why, ofPool, ...(retryAt !== undefined && { retry_at: retryAt }) }
    }
    const ready = context.budgets.ready(budgets, snapshot.timeZone, now)
    if (ready) await ready
    const ladder = ladderOf(context.budgets.rungs(budgets, snapshot.timeZone, now))
    if (ladder.stop) {
      const { budget, windowEnd } = ladder.stop
      this.noteMoney({ refused: budget, windowEnd, leftNanos: 0 })
      return refusal('money', budget.scope === 'pool', windowEnd)
    }
    const rules = this.rulesOf(target, key, bounds, ladder.throttles, now)
    let ticket: Ticket | null = null
    if (rules.length > 0) {
      const tokens = tokensOf(context, progress, target.model)
      const taking = context.limits.take(rules, tokens, leaseMs([target]), progress.patience)
      const taken = taking instanceof Promise ? await taking : taking
      if (!taken.ok) {
        const { scope, kind, resetMs } = taken.refusal
        context.metrics.countLimited(scope, kind)
        if (resetMs < (this.refusals.rate?.resetMs ?? Number.POSITIVE_INFINITY))
          this.refusals.rate = taken.refusal
        return refusal(`over its ${kind}`, scope !== 'key', now + resetMs)
      }
      ticket = taken.ticket
    }
    const holding = this.hold(target, key, budgets, now)
    const held = holding instanceof Promise ? await holding : holding
    if (held === null || !('refused' in held)) return { target, key, ticket, held }
    if (ticket) context.limits.refund(ticket)
    if (held.refused === null) return refusal('unpriced', false)
    this.noteMoney(held)
    return refusal('money', held.refused.scope === 'pool', held.windowEnd)
  }

  private noteMoney(refusal: BudgetRefusal): void {
    if (refusal.windowEnd < (this.refusals.money?.windowEnd ?? Number.POSITIVE_INFINITY))
      this.refusals.money = refusal
  }

  private rulesOf(
    target: Target,
    key: Key,
    bounds: Bounds[],
    throttles: LimitRule[],
    now: number,
  ): LimitRule[] {
    const { stops } = this.context.snapshot()
    const rules = rulesOf(bounds)
    for (const throttle of throttles) rules.push(throttle)
    if (stops.length === 0) return rules
    for (const { id, rpm } of throttling(stops, subjectOf(target, key), now))
      rules.push(throttleRule(id, rpm))
    return rules
  }

  /** Holds what the attempt can cost at most. A model without a price cannot be served under a hard budget. */
  private hold(
    { model }: Target,
    key: Key,
    budgets: ReturnType<typeof budgetsOf>,
    now: number,
  ): ReturnType<BudgetBook['hold']> | null | { refused: null } {
    const { context, progress } = this
    const hard = progress.hard || budgets.some((budget) => budget.hard)
    const price = hard ? context.priceOf(key.provider, model, now) : null
    if (hard && price === null) return { refused: null }
    if (budgets.length === 0) return null
    const nanos = price && progress.bound ? boundNanos(progress, price) : 0
    return context.budgets.hold(budgets, context.snapshot().timeZone, nanos, now)
  }

  private stopOf(target: Target, key: Key, now: number): Stop | null {
    const { stops } = this.context.snapshot()
    return stops.length > 0 ? heldBy(stops, subjectOf(target, key), target.model, now) : null
  }

  private conversationId(): string | null {
    if (this.conversation === undefined) {
      this.conversation = this.progress.body ? conversationOf(this.progress.body) : null
    }
    return this.conversation
  }

  private likelyCost({ model }: Target, key: Key, now: number): number | null {
    const price = this.context.priceOf(key.provider, model, now)
    if (!price) return null
    const input = tokensOf(this.context, this.progress, model)
    return boundNanos({ bound: this.progress.bound ?? { input, output: input } }, price)
  }

  /** True when a key may be free now that was not before. */
  private async waitForSoonest(isGone: () => boolean): Promise<boolean> {
    const now = Date.now()
    const patienceMs = Math.max(0, ...this.targets.map(({ pool }) => pool.waitMs)) - this.waitedMs
    const soonest = Math.min(...this.skipped.flatMap(({ retry_at }) => retry_at ?? []))
    if (soonest - now > patienceMs) return false
    const waitMs = Math.max(10, soonest - now)
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    this.waitedMs += waitMs
    this.progress.outsideMs += waitMs
    for (const [id, { why }] of this.refused) if (why !== 'tried') this.refused.delete(id)
    return !isGone()
  }
}

function subjectOf({ pool }: Target, key: Key): Subject {
  return { pool: pool.id, provider: key.providerId, key: key.id }
}
