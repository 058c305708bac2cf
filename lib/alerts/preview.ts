/** How often a rule would have fired lately. */
import type { Database } from '@/lib/data/database'
import type { AlertKind } from '@/lib/schemas/alerts'
import { budgetHistory } from './histories/budgets'
import { type History, minute, type Span } from './histories/history'
import { callHistory, healthHistory } from './histories/keys'
import { failureHistory, limitedHistory, speedHistory } from './histories/traffic'
import type { Rule } from './observers/observation'
import { type Firing, replay, type Telling } from './replay'

export const previewDays = 7
const day = 24 * 60 * minute

export type Preview = Pick<History, 'from' | 'to' | 'stepMs' | 'remarks'> & { firings: Firing[] }

type ReadHistory = (database: Database, rule: Rule, span: Span, timeZone: string) => Promise<History>

/** Null: what the rule looks at is known only as it is now. */
const histories: Record<AlertKind, ReadHistory | null> = {
  budget: (database, _rule, span, timeZone) => budgetHistory(database, span, timeZone),
  burn_rate: (database, _rule, span, timeZone) => budgetHistory(database, span, timeZone),
  projected_exhaustion: (database, _rule, span, timeZone) => budgetHistory(database, span, timeZone),
  balance_low: null,
  error_rate: failureHistory,
  rate_limited: limitedHistory,
  latency: (database, rule, span) => speedHistory(database, 'latency', rule, span),
  ttft: (database, rule, span) => speedHistory(database, 'ttft', rule, span),
  key_down: (database, _rule, span) => healthHistory(database, span),
  pool_degraded: (database, _rule, span) => healthHistory(database, span),
  pool_out: (database, _rule, span) => healthHistory(database, span),
  key_unused: (database, _rule, span) => callHistory(database, span),
  key_expiring: (database, _rule, span) => callHistory(database, span),
  ledger_drift: null,
  store_degraded: null,
  // Runs of frequent jobs that went well are kept for an hour only.
  job_failing: null,
}

/** Null: no history is kept for this kind of rule. */
export async function previewRule(
  database: Database,
  rule: Rule,
  telling: Telling,
  now: number,
): Promise<Preview | null> {
  const read = histories[rule.kind]
  if (!read) return null
  const to = Math.floor(now / minute) * minute
  const history = await read(database, rule, { from: to - previewDays * day, to }, telling.timeZone)
  const { from, stepMs, remarks } = history
  return { from, to: history.to, stepMs, remarks, firings: replay(rule, history, telling) }
}
