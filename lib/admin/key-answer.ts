import type { z } from 'zod'
import { type Balance, readBalances } from '@/lib/data/balances'
import { type Budget, budgetsOf } from '@/lib/data/budget-list'
import type { Db } from '@/lib/data/database'
import { type KeyCheck, probeCosts, readKeyChecks } from '@/lib/data/key-checks'
import { findKey, type KeyDetails } from '@/lib/data/keys'
import { type Pool, poolsOfKeys } from '@/lib/data/pools'
import { nanosToUsd } from '@/lib/format'
import { defaultProbe, type key } from '@/lib/schemas/keys'
import { limitsAnswer } from '@/lib/schemas/limits'
import { startOf } from '@/lib/time-zone'
import { budgetAnswers } from './budget-fields'
import { organisationZone } from './organisation-zone'
import { found } from './router'

type KeyAnswer = z.output<typeof key>
type Checked = 'last_probe' | 'next_probe_at' | 'probes_month_usd' | 'balance' | 'balance_error'

/** What turns each of these rows into an answer. */
export async function keyAnswers(db: Db, rows: KeyDetails[]): Promise<(row: KeyDetails) => KeyAnswer> {
  const ids = rows.map((row) => row.key.id)
  const month = startOf('month', new Date(), await organisationZone(db))
  const [pools, budgets, checks, balances, probeCost] = await Promise.all([
    poolsOfKeys(db, ids),
    budgetsOf(db, 'key', ids),
    readKeyChecks(db, ids),
    readBalances(db, ids),
    probeCosts(db, ids, month),
  ])
  return (row) => {
    const { id } = row.key
    return {
      ...toAnswer(row, pools.get(id), budgets.get(id)),
      ...checkAnswer(checks.get(id)),
      probes_month_usd: nanosToUsd(probeCost.get(id) ?? 0n),
      balance: balanceAnswer(balances.get(id)),
    }
  }
}

export async function readKey(db: Db, id: string): Promise<KeyAnswer> {
  const row = found(await findKey(db, id), 'key')
  return (await keyAnswers(db, [row]))(row)
}

function toAnswer(
  { key: row, provider, sealed, health }: KeyDetails,
  pools: Pool[] = [],
  budgets: Budget[] = [],
): Omit<KeyAnswer, Checked> {
  return {
    id: row.id,
    provider,
    provider_id: row.providerId,
    name: row.name,
    secret_state: row.secretRef !== null ? 'reference' : sealed ? 'sealed' : 'missing',
    secret_ref: row.secretRef,
    last4: row.last4,
    fingerprint: row.fingerprint,
    environment: row.environment,
    owner: row.owner,
    tags: row.tags,
    status: row.status,
    weight: row.weight,
    tier: row.tier,
    allowed_models: row.allowedModels,
    limits: limitsAnswer(row.limits),
    budgets: budgetAnswers(budgets),
    balance_threshold_usd: row.balanceThresholdNanos === null ? null : nanosToUsd(row.balanceThresholdNanos),
    probe: { ...defaultProbe, ...row.probe },
    expires_at: row.expiresAt?.toISOString() ?? null,
    pools: pools.map((pool) => pool.slug),
    health: {
      state: health?.state ?? 'up',
      score: health?.score ?? 100,
      reason: health?.reason ?? null,
      since: health?.since.toISOString() ?? null,
      next_try_at: health?.nextTryAt?.toISOString() ?? null,
      last_error: health?.lastError ?? null,
    },
    created_at: row.createdAt.toISOString(),
  }
}

function checkAnswer(
  check: KeyCheck | undefined,
): Pick<KeyAnswer, 'last_probe' | 'next_probe_at' | 'balance_error'> {
  const { probe = null, probedAt = null, nextProbeAt = null, balanceError = null } = check ?? {}
  return {
    last_probe: probe && probedAt && { at: probedAt.toISOString(), ...probe },
    next_probe_at: nextProbeAt?.toISOString() ?? null,
    balance_error: balanceError,
  }
}

function balanceAnswer(balance: Balance | undefined): KeyAnswer['balance'] {
  if (!balance) return null
  const { amount, currency, usdNanos, source, readAt, perDayNanos } = balance
  const daysLeft = usdNanos === null || !perDayNanos ? null : Number(usdNanos) / Number(perDayNanos)
  return {
    amount: Number(amount),
    currency,
    usd: usdNanos === null ? null : nanosToUsd(usdNanos),
    source,
    read_at: readAt.toISOString(),
    days_left: daysLeft === null ? null : Math.max(0, Math.round(daysLeft * 10) / 10),
  }
}
