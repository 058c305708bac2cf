/** Limits and budgets, which every scope takes in the same form. */
import { z } from 'zod'
import { usdToNanos } from '@/lib/format'
import { listOf, modelPatterns, pageQuery, strict, timeIn, timeOut, usd } from './fields'

export const scopes = ['global', 'tenant', 'project', 'feature', 'app', 'app_key', 'pool', 'key'] as const

const upTo = (most: number) => z.int().min(1).max(most).nullable().default(null)

const limitsInput = strict({
  rpm: upTo(1_000_000).meta({ description: 'Calls in any 60 seconds' }),
  tpm: upTo(1_000_000_000).meta({ description: 'Tokens a minute, in and out' }),
  concurrency: upTo(100_000).meta({ description: 'Calls at the same time' }),
})

const noLimits = { rpm: null, tpm: null, concurrency: null }

/** Without any limit it is null, which is how the database holds it. */
export const limitsField = limitsInput
  .transform((given) => (Object.values(given).some((limit) => limit !== null) ? given : null))
  .nullable()
  .default(null)
  .meta({ description: '{rpm, tpm, concurrency}; null: none. Replaced as a whole' })

export const limits = z
  .object({ rpm: z.int().nullable(), tpm: z.int().nullable(), concurrency: z.int().nullable() })
  .meta({ id: 'Limits', description: 'Null: none' })

export function limitsAnswer(row: z.output<typeof limits> | null): z.output<typeof limits> {
  return row ?? noLimits
}

/** In nano-dollars up to here, a JavaScript number is still exact. */
const usdMax = 9_000_000

/** Dollars in a body; become whole nano-dollars. */
export const usdIn = z
  .number()
  .min(0)
  .max(usdMax)
  .transform((value, context) => {
    const nanos = usdToNanos(value)
    if (nanos !== null) return nanos
    context.addIssue({ code: 'custom', message: 'expected at most 9 decimals' })
    return z.NEVER
  })

const actions = ['notify', 'downgrade', 'economy', 'throttle', 'stop'] as const

const rung = strict({
  at: z
    .number()
    .min(0)
    .max(1, 'expected a share of the limit from 0 to 1, such as 0.8')
    .meta({ description: 'The share of the limit from which on it holds, 0 to 1' }),
  action: z.enum(actions).meta({
    description:
      'notify; downgrade: to a cheaper model; economy: only `models`; throttle: at most `rpm` a minute; stop: no new call. All of them notify',
  }),
  rpm: z.int().min(1).max(1_000_000).nullable().default(null).meta({ description: 'With throttle' }),
  models: modelPatterns.default([]).meta({ description: 'With economy' }),
})
  .refine(({ action, rpm }) => (action === 'throttle') === (rpm !== null), {
    path: ['rpm'],
    error: 'expected calls a minute with throttle, and only then',
  })
  .refine(({ action, models }) => (action === 'economy') === models.length > 0, {
    path: ['models'],
    error: 'expected the models that go on with economy, and only then',
  })

const defaultLadder = [0.8, 0.95].map((at) => ({ at, action: 'notify' as const, rpm: null, models: [] }))

const budgetInput = strict({
  period: z.enum(['day', 'month']).meta({ description: 'In the organisation’s time zone' }),
  limit_usd: usdIn.refine(
    (nanos) => nanos > 0n,
    'expected more than 0; to let nothing through, press a stop',
  ),
  hard: z.boolean().default(false).meta({ description: 'No call is admitted that could exceed the limit' }),
  ladder: z
    .array(rung)
    .max(20)
    .refine(
      (rungs) => new Set(rungs.map(({ at, action }) => `${at} ${action}`)).size === rungs.length,
      'expected each action once at the same share',
    )
    .transform((rungs) => rungs.toSorted((one, other) => one.at - other.at))
    .default(defaultLadder),
})
export type BudgetInput = z.output<typeof budgetInput>

export const budgetsField = z
  .array(budgetInput)
  .max(2, 'expected at most one budget a day and one a month')
  .refine(
    (budgets) => new Set(budgets.map(({ period }) => period)).size === budgets.length,
    'expected one budget for each period',
  )
  .default([])
  .meta({ description: 'Replaced as a whole; a budget of the same period keeps what was spent' })

const ladder = z.array(
  z.object({
    at: z.number(),
    action: z.enum(actions),
    rpm: z.int().nullable(),
    models: z.array(z.string()),
  }),
)

export const budget = z
  .object({ period: z.enum(['day', 'month']), limit_usd: usd, hard: z.boolean(), ladder })
  .meta({ id: 'Budget' })

export const budgetQuery = strict({
  ...pageQuery,
  scope: z.enum(scopes).optional(),
  id: z.string().min(1).max(100).optional().meta({
    description: 'An id or, for tenant, project, feature, app, pool and key, a name; all for global',
  }),
})

const share = {
  spent_usd: usd,
  held_usd: usd.meta({ description: 'Set aside for calls in flight' }),
  lost_usd: usd.meta({ description: 'Set aside by a process that ended without saying what it spent' }),
  left_usd: usd.meta({ description: 'Not spent, held or lost; never below 0' }),
}

export const budgetStatus = z
  .object({
    budget_id: z.uuid(),
    scope: z.enum(scopes),
    id: z.string().meta({ description: 'Of what the budget is for; all for global' }),
    name: z.string(),
    period: z.enum(['day', 'month']),
    window_start: timeOut,
    window_end: timeOut,
    limit_usd: usd,
    ...share,
    burn_usd_per_hour: usd.nullable().meta({
      description: 'Spent in the last 60 minutes; null when all that was spent in the window is younger',
    }),
    projected_exhaustion_at: timeOut.nullable().meta({
      description: 'At this rate; null when the limit is not reached within the window',
    }),
    hard: z.boolean(),
    ladder,
  })
  .meta({ id: 'BudgetStatus' })
export const budgetStatusList = listOf(budgetStatus)

export const releaseInput = strict({
  window_start: timeIn.meta({ description: 'Of the day or month, as GET /budgets tells it' }),
})
export const released = z
  .object({ released_usd: usd.meta({ description: 'Available again; 0: nothing was lost' }) })
  .meta({ id: 'ReleasedMoney' })
