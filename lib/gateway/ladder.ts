/** What the reached rungs of budgets ask of a call: stop, a cheaper model, only some models, fewer calls. */
import { AkcpError } from '@/lib/errors'
import type { BudgetBook } from '@/lib/limits/budget-book'
import type { LimitRule } from '@/lib/registry/bounds'
import { names } from '@/lib/registry/model-list'
import type { Snapshot, Target } from '@/lib/registry/snapshot'
import { budgetError, throttleRule } from './bounds'
import { hint } from './hints'
import { findRoute } from './route'

type Reached = ReturnType<BudgetBook['rungs']>[number]

export type Ladder = {
  /** A rung says that no call may go on. */
  stop: Reached | null
  downgrade: boolean
  /** Only models that all of these name may be used. */
  economy: Reached[]
  throttles: LimitRule[]
}

const noLadder: Ladder = { stop: null, downgrade: false, economy: [], throttles: [] }

export function ladderOf(reached: Reached[]): Ladder {
  if (reached.length === 0) return noLadder
  const of = (action: Reached['rung']['action']) => reached.filter(({ rung }) => rung.action === action)
  return {
    stop: of('stop')[0] ?? null,
    downgrade: of('downgrade').length > 0,
    economy: of('economy'),
    throttles: of('throttle').map(({ budget, rung }) => throttleRule(`${budget.id}@${rung.at}`, rung.rpm)),
  }
}

/** Throws `insufficient_quota` for a model that an economy rung leaves out. */
export function checkEconomy({ economy }: Ladder, model: string): void {
  const hit = economy.find(({ rung }) => !names(rung.models, model))
  if (!hit) return
  const { exact, prefixes } = hit.rung.models
  const models = [...exact, ...prefixes.map((prefix) => `${prefix}*`)].join(', ')
  const error = budgetError({ refused: hit.budget, windowEnd: hit.windowEnd, leftNanos: 0 })
  throw new AkcpError(
    'insufficient_quota',
    `At ${Math.round(hit.share * 100)} % of its ${hit.budget.period === 'day' ? 'daily' : 'monthly'} budget this ${hit.budget.scope.replace('_', ' ')} may only use ${models}.`,
    { ...error.details, hint: hint('useListedModel', { models }), param: 'model' },
  )
}

/** The cheaper model that takes over from `model`, or null when nothing says which. */
export function downgradeOf(snapshot: Snapshot, model: string, targets: Target[]): string | null {
  const next = findRoute(snapshot, model)?.downgradeTo
  if (next) return next
  for (const { pool, provider, model: served } of targets) {
    const at = pool.modelPriority.indexOf(served)
    const cheaper = at < 0 ? undefined : pool.modelPriority[at + 1]
    if (cheaper) return provider ? `${provider.slug}/${cheaper}` : cheaper
  }
  return null
}
