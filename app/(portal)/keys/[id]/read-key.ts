import { keyAnswers } from '@/lib/admin/key-answer'
import { readKeyActivity, readKeyErrors } from '@/lib/data/key-stats'
import { findKey, listKeys } from '@/lib/data/keys'
import { listPools, poolsOfKeys } from '@/lib/data/pools'
import { portalDatabase } from '@/lib/data/portal-database'
import { listProviders } from '@/lib/data/providers'
import { limitsAnswer } from '@/lib/schemas/limits'
import { readBudgets } from '../../read-budgets'
import { keyChoices } from '../key-choices'
import type { EditedKey } from '../key-draft'
import { keyRow } from '../key-list'
import type { CheckedKey } from './key-checks-draft'

const dayMs = 24 * 3_600_000
const all = { limit: 1000, after: undefined }

export type KeyPageData = NonNullable<Awaited<ReturnType<typeof readKeyPage>>>

/** Everything about one key but its requests; undefined when there is no such key. */
export async function readKeyPage(id: string, timeZone: string) {
  const database = portalDatabase()
  const now = new Date()
  const since = (days: number) => new Date(now.getTime() - days * dayMs)
  const details = await findKey(database.db, id)
  if (!details) return undefined
  const [keys, pools, providers, ownPools, activity, errors, budgets, answerOf] = await Promise.all([
    listKeys(database.db, all),
    listPools(database.db, all),
    listProviders(database.db, all),
    poolsOfKeys(database.db, [id]),
    readKeyActivity(database, { from: since(1), to: now }, timeZone),
    readKeyErrors(database, id, since(7)),
    readBudgets({ scope: 'key', id, ownerEmail: null }),
    keyAnswers(database.db, [details]),
  ])
  const provider = providers.find((candidate) => candidate.id === details.key.providerId)
  const own = ownPools.get(id) ?? []
  return {
    details,
    provider,
    pools: own,
    errors,
    budgets,
    checked: checkedKey(answerOf(details)),
    row: keyRow(details, activity.get(id), { now, providerEnabled: provider?.enabled ?? true }),
    choices: keyChoices(keys, pools, providers),
    edited: { ...editedKey(details, own), budgets },
  }
}

function editedKey(
  { key, provider }: Pick<NonNullable<Awaited<ReturnType<typeof findKey>>>, 'key' | 'provider'>,
  pools: { slug: string; defaultForProviderId: string | null }[],
): Omit<EditedKey, 'budgets'> {
  return {
    id: key.id,
    provider,
    name: key.name,
    secretRef: key.secretRef,
    environment: key.environment,
    owner: key.owner,
    tags: key.tags,
    allowedModels: key.allowedModels,
    pools: pools.filter((pool) => pool.defaultForProviderId === null).map((pool) => pool.slug),
    status: key.status,
    weight: key.weight,
    tier: key.tier,
    limits: limitsAnswer(key.limits),
  }
}

/** Only what the page shows goes to the browser. */
function checkedKey(answer: CheckedKey): CheckedKey {
  const { id, name, balance, balance_error, balance_threshold_usd, probe } = answer
  const { last_probe, next_probe_at, probes_month_usd } = answer
  return {
    id,
    name,
    balance,
    balance_error,
    balance_threshold_usd,
    probe,
    last_probe,
    next_probe_at,
    probes_month_usd,
  }
}
