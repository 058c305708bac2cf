/** What the fields for limits and budgets hold, and what is sent for them. Pure. */
import type { z } from 'zod'
import type { budget, limits } from '@/lib/schemas/limits'

export type Limits = z.output<typeof limits>
export type Budget = z.output<typeof budget>
export type Period = Budget['period']
export type RungAction = Budget['ladder'][number]['action']

export const limitKinds = ['rpm', 'tpm', 'concurrency'] as const
export const periods = ['day', 'month'] as const
export const rungActions = ['notify', 'downgrade', 'economy', 'throttle', 'stop'] as const

export type LimitsDraft = Record<(typeof limitKinds)[number], string>
/** `key` tells steps apart while they are changed. */
export type RungDraft = { key: number; percent: string; action: RungAction; rpm: string; models: string[] }
export type BudgetDraft = { period: Period; limit: string; hard: boolean; rungs: RungDraft[] }

export const noLimits: Limits = { rpm: null, tpm: null, concurrency: null }

export function draftOfLimits({ rpm, tpm, concurrency }: Limits): LimitsDraft {
  const text = (limit: number | null) => (limit === null ? '' : String(limit))
  return { rpm: text(rpm), tpm: text(tpm), concurrency: text(concurrency) }
}

/** A field left empty is no limit. */
export function limitsBody({ rpm, tpm, concurrency }: LimitsDraft): Limits {
  const number = (text: string) => (text.trim() === '' ? null : Number(text))
  return { rpm: number(rpm), tpm: number(tpm), concurrency: number(concurrency) }
}

export function newBudget(period: Period): BudgetDraft {
  const rungs = [80, 95].map((percent, key) => newRung(key, String(percent)))
  return { period, limit: '', hard: false, rungs }
}

export function newRung(key: number, percent: string): RungDraft {
  return { key, percent, action: 'notify', rpm: '10', models: [] }
}

export function draftOfBudgets(budgets: Budget[]): BudgetDraft[] {
  return budgets.map(({ period, limit_usd, hard, ladder }) => ({
    period,
    limit: String(limit_usd),
    hard,
    rungs: ladder.map(({ at, action, rpm, models }, key) => ({
      key,
      // 0.57 * 100 is 56.99999999999999.
      percent: String(Number((at * 100).toFixed(6))),
      action,
      rpm: String(rpm ?? 10),
      models,
    })),
  }))
}

export function budgetsBody(drafts: BudgetDraft[]): Budget[] {
  return drafts.map(({ period, limit, hard, rungs }) => ({
    period,
    limit_usd: Number(limit),
    hard,
    ladder: rungs.map(({ percent, action, rpm, models }) => ({
      at: Number(percent) / 100,
      action,
      rpm: action === 'throttle' ? Number(rpm) : null,
      models: action === 'economy' ? models : [],
    })),
  }))
}
