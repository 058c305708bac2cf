/** Whether a call may begin: the ladders, limits and budgets of its app, app key, tenant, project, feature and of all. */
import { AkcpError } from '@/lib/errors'
import { costNanos, type Price, tierOf } from '@/lib/ledger/cost'
import type { BudgetRefusal, Held } from '@/lib/limits/budget-book'
import type { Taken } from '@/lib/limits/rate-limits'
import type { Budget } from '@/lib/registry/bounds'
import type { Pool, Provider, Target } from '@/lib/registry/snapshot'
import type { Caller } from './authenticate'
import { boundsOfCall, budgetError, budgetsOf, limitError, rulesOf, throttleRule } from './bounds'
import type { Context } from './context'
import { choices, inputBound, outputBound } from './estimate'
import { hint } from './hints'
import { checkEconomy, downgradeOf, type Ladder, ladderOf } from './ladder'
import type { Progress } from './progress'
import { route } from './route'
import { applying, throttling } from './stops'

/** After the longest time that one of the targets may take, a call that was never heard of again gives its place back. */
export function leaseMs(targets: Target[]): number {
  let longest = 0
  for (const { pool } of targets) {
    for (const { key } of pool.members) longest = Math.max(longest, key.provider.totalTimeoutMs)
  }
  return longest + 60_000
}

/**
 * Takes the call's share of every limit and budget, or throws what it is told. What is taken is kept in `progress` and
 * settled when the call ends. Returns the targets, cheaper ones where a ladder downgrades.
 */
export async function admit(
  context: Context,
  progress: Progress,
  caller: Caller,
  wanted: Target[],
): Promise<Target[]> {
  const snapshot = context.snapshot()
  const { attribution, startedAt } = progress
  if (!attribution) throw new Error('admit needs the attribution')
  const bounds = boundsOfCall(snapshot, caller, attribution)
  const budgets = budgetsOf(bounds)
  const ofPool = wanted[0]?.pool.bounds.budgets ?? []
  const all = ofPool.length > 0 ? [...budgets, ...ofPool] : budgets
  const ready = context.budgets.ready(all, snapshot.timeZone, startedAt)
  if (ready) await ready
  const reached = context.budgets.rungs(budgets, snapshot.timeZone, startedAt)
  const ladder = ladderOf(reached)
  const withPool =
    ofPool.length > 0
      ? ladderOf([...reached, ...context.budgets.rungs(ofPool, snapshot.timeZone, startedAt)])
      : ladder
  if (ladder.stop) {
    throw budgetError({ refused: ladder.stop.budget, windowEnd: ladder.stop.windowEnd, leftNanos: 0 })
  }
  const targets = climb(context, progress, caller, wanted, withPool)
  const rules = rulesOf(bounds)
  for (const throttle of ladder.throttles) rules.push(throttle)
  if (snapshot.stops.length > 0) {
    const subject = { global: '', ...attribution, app: caller.app.id }
    for (const stop of throttling(snapshot.stops, subject, startedAt))
      rules.push(throttleRule(stop.id, stop.rpm))
  }
  const taking = rules.length > 0 && takeLimits(context, progress, targets, rules)
  if (taking) await taking
  if (needsBound(budgets, targets)) boundOutput(context, progress, caller, targets, budgets)
  const holding = budgets.length > 0 && holdMoney(context, progress, targets, budgets)
  if (holding) await holding
  if (all.length > 0)
    progress.budgetLeftNanos = context.budgets.left(all, snapshot.timeZone, startedAt)?.leftNanos ?? null
  return targets
}

/** Where the call goes once a ladder, its first pool's rungs included, or a stop has asked for a cheaper model. */
function climb(
  context: Context,
  progress: Progress,
  caller: Caller,
  wanted: Target[],
  ladder: Ladder,
): Target[] {
  const cheaper =
    ladder.downgrade || isDowngraded(context, progress, caller, wanted)
      ? downgrade(context, progress, caller, wanted)
      : null
  checkEconomy(ladder, cheaper?.model ?? progress.model)
  return cheaper?.targets ?? wanted
}

/** Whether a pressed stop sends the call to a cheaper model; of providers, one that its first pool may choose. */
function isDowngraded(
  context: Context,
  { attribution, startedAt }: Progress,
  { app }: Caller,
  [first]: Target[],
): boolean {
  const stops = context.snapshot().stops.filter(({ mode }) => mode === 'downgrade')
  if (stops.length === 0 || !first) return false
  const providers = first.provider ? [first.provider] : first.pool.members.map(({ key }) => key.provider)
  const subject = { global: '', ...attribution, app: app.id, pool: first.pool.id }
  return providers.some(({ id }) => applying(stops, { ...subject, provider: id }, startedAt).length > 0)
}

/** Where the call goes for the cheaper model; null when there is none that the app may use. */
function downgrade(
  context: Context,
  progress: Progress,
  caller: Caller,
  wanted: Target[],
): { model: string; targets: Target[] } | null {
  const snapshot = context.snapshot()
  const model = downgradeOf(snapshot, progress.model, wanted)
  if (model === null) return null
  try {
    const targets = route(snapshot, caller, model, undefined, progress.attribution)
    progress.downgradedFrom = progress.model
    context.metrics.countDowngrade()
    return { model, targets }
  } catch (error) {
    if (error instanceof AkcpError) return null
    throw error
  }
}

/** A promise only where Redis is asked. */
function takeLimits(
  context: Context,
  progress: Progress,
  targets: Target[],
  rules: ReturnType<typeof rulesOf>,
): Promise<void> | null {
  progress.tokens = tokensOf(context, progress, targets[0]?.model ?? progress.model)
  const taking = context.limits.take(rules, progress.tokens, leaseMs(targets), progress.patience)
  if (taking instanceof Promise) return taking.then((taken) => noteTaken(context, progress, taken))
  noteTaken(context, progress, taking)
  return null
}

function noteTaken(context: Context, progress: Progress, taken: Taken): void {
  if (!taken.ok) {
    context.metrics.countLimited(taken.refusal.scope, taken.refusal.kind)
    throw limitError(taken.refusal, context.snapshot().stops)
  }
  progress.ticket = taken.ticket
  progress.left = taken.left
}

/** Tokens that the call is likely to use, as limits reserve them: its input, and the longest answer it asks for. */
export function tokensOf(context: Context, { body }: Progress, model: string): number {
  if (!body) return 0
  return context.ratios.input(model, body.bytes.length) + (outputBound(body) ?? 0)
}

function needsBound(budgets: Budget[], targets: Target[]): boolean {
  const hard = (budget: Budget) => budget.hard
  return (
    budgets.some(hard) ||
    targets.some(
      ({ pool }) =>
        pool.bounds.budgets.some(hard) || pool.members.some(({ key }) => key.bounds.budgets.some(hard)),
    )
  )
}

/** Under a hard budget every answer has a longest length: the client's, the app's, or what is affordable. */
function boundOutput(
  context: Context,
  progress: Progress,
  caller: Caller,
  targets: Target[],
  budgets: Budget[],
): void {
  const { body, endpoint } = progress
  if (!body || !endpoint) throw new Error('bounds need a body')
  if (!endpoint.hasOutput) {
    progress.bound = { input: inputBound(body), output: 0 }
    return
  }
  const input = inputBound(body)
  const given = outputBound(body)
  if (given !== null) {
    progress.bound = { input, output: given }
    return
  }
  const count = choices(body.value)
  const ofPool = targets[0]?.pool.bounds.budgets ?? []
  const all = ofPool.length > 0 ? [...budgets, ...ofPool] : budgets
  const affordable = context.budgets.affordable(all, context.snapshot().timeZone, progress.startedAt)
  const prices = pricesOf(context, targets, progress.startedAt)
  const tokens = prices.map((price) => affordableTokens(price, input, affordable) / count)
  const most = Math.floor(Math.min(caller.app.defaultMaxOutputTokens, ...tokens))
  progress.maxTokensApplied = Math.max(1, most)
  progress.bound = { input, output: progress.maxTokensApplied * count }
}

function affordableTokens(price: Price, input: number, nanos: number): number {
  if (nanos === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
  const before = Number(costNanos({ input, cachedInput: 0, output: 0, reasoning: 0 }, price))
  const perToken = Number(tierOf(price, input).outputPico) / 1000
  return perToken === 0 ? Number.POSITIVE_INFINITY : (nanos - before) / perToken
}

/** A promise only where the database is asked for a lease. */
function holdMoney(
  context: Context,
  progress: Progress,
  targets: Target[],
  budgets: Budget[],
): Promise<void> | null {
  progress.hard = budgets.some((budget) => budget.hard)
  const nanos = progress.hard ? dearest(context, progress, targets) : 0
  const holding = context.budgets.hold(budgets, context.snapshot().timeZone, nanos, progress.startedAt)
  if (holding instanceof Promise) return holding.then((held) => noteHeld(progress, held))
  noteHeld(progress, holding)
  return null
}

function noteHeld(progress: Progress, held: Held | BudgetRefusal): void {
  if ('refused' in held) throw budgetError(held)
  progress.held = held
}

/** Nano-dollars that the call can cost at most, at whichever of its targets. Throws `model_unpriced`. */
function dearest(context: Context, progress: Progress, targets: Target[]): number {
  const prices = pricesOf(context, targets, progress.startedAt)
  if (prices.length === 0) throw unpriced(progress.model)
  return Math.max(...prices.map((price) => boundNanos(progress, price)))
}

/** Nano-dollars that the call can cost at most at this price. */
export function boundNanos({ bound }: Pick<Progress, 'bound'>, price: Price): number {
  if (!bound) return 0
  return Number(costNanos({ input: bound.input, cachedInput: 0, output: bound.output, reasoning: 0 }, price))
}

function pricesOf(context: Context, targets: Target[], now: number): Price[] {
  const prices: Price[] = []
  for (const { pool, provider, model } of targets) {
    for (const each of provider ? [provider] : providersOf(pool)) {
      const price = context.priceOf(each, model, now)
      if (price) prices.push(price)
    }
  }
  return prices
}

function providersOf({ members }: Pool): Provider[] {
  const providers: Provider[] = []
  for (const { key } of members) if (!providers.includes(key.provider)) providers.push(key.provider)
  return providers
}

export function unpriced(model: string): AkcpError {
  return new AkcpError('model_unpriced', `The model ${model} has no price, and a hard budget applies.`, {
    hint: hint('setPrice'),
    param: 'model',
  })
}
