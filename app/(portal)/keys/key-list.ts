/** What the list of keys shows: rows, what the address asks for, filters and order. Pure. */
import { z } from 'zod'
import { choice, sortBy, text, texts } from '@/components/data-table/parameters'
import type { Sort } from '@/components/data-table/query'
import type { KeyActivity, KeyError } from '@/lib/data/key-stats'
import type { KeyDetails } from '@/lib/data/keys'

export const ranges = { '1h': 1, '24h': 24, '7d': 7 * 24, '30d': 30 * 24 } as const
export type RangeName = keyof typeof ranges
const rangeNames = Object.keys(ranges) as RangeName[]

const columns = [
  'name',
  'status',
  'last_error',
  'last_used',
  'spend',
  'requests',
  'success',
  'average',
] as const
export type KeyColumn = (typeof columns)[number]

export const keyParams = z.object({
  q: text,
  provider: texts,
  environment: texts,
  status: texts,
  tag: texts,
  owner: texts,
  sort: sortBy(columns, { column: 'name', descending: false }),
  range: choice(rangeNames, '24h'),
  /** Ticked keys, and the range of their chart. */
  key: texts,
  chart: choice(rangeNames, '1h'),
})
export type KeyParams = z.output<typeof keyParams>
export const filterNames = ['q', 'provider', 'environment', 'status', 'tag', 'owner']

export type KeyStatus = KeyDetails['key']['status']
/** What keeps a key from serving, or makes it serve badly, whatever its status. */
export type KeyTrouble = 'secret_missing' | 'expired' | 'provider_disabled' | 'down' | 'cooling'

export type KeyRow = {
  id: string
  name: string
  last4: string
  provider: string
  environment: string
  tags: string[]
  owner: string | null
  status: KeyStatus
  trouble: KeyTrouble | null
  /** The attempt class that took it out, while it is down or cooling. */
  reason: string | null
  lastError: KeyError | null
  lastUsedAt: string | null
  spendNanos: bigint
  requests: number
  failures: number
  /** Between 0 and 1; null without requests. */
  success: number | null
  averageMs: number | null
}

export function keyRow(
  details: KeyDetails,
  activity: KeyActivity | undefined,
  { now, providerEnabled }: { now: Date; providerEnabled: boolean },
): KeyRow {
  const { key, provider } = details
  const { requests = 0, errors = 0 } = activity ?? {}
  return {
    id: key.id,
    name: key.name,
    last4: key.last4,
    provider,
    environment: key.environment,
    tags: key.tags,
    owner: key.owner,
    status: key.status,
    trouble: troubleOf(details, now, providerEnabled),
    reason: details.health?.reason ?? null,
    lastError: newestError(activity?.last_error ?? null, details.health?.lastError),
    lastUsedAt: activity?.last_used_at ?? null,
    spendNanos: BigInt(activity?.month_cost_nanos ?? 0),
    requests,
    failures: errors,
    success: requests > 0 ? (requests - errors) / requests : null,
    averageMs: activity?.average_ms ?? null,
  }
}

/** What the gateway noted of the last failed attempt, also of one that another key made good. */
const notedError = z.object({
  class: z.string(),
  status: z.int().nullable(),
  message: z.string(),
  at: z.iso.datetime(),
})

function newestError(ofCalls: KeyError | null, noted: unknown): KeyError | null {
  const { data } = notedError.safeParse(noted)
  if (!data || (ofCalls && Date.parse(ofCalls.at) >= Date.parse(data.at))) return ofCalls
  return { at: data.at, class: data.class, status: data.status, text: data.message }
}

/** The most severe trouble of a key, or null. */
export function troubleOf(
  {
    key,
    sealed,
    health,
  }: Pick<KeyDetails, 'sealed' | 'health'> & {
    key: Pick<KeyDetails['key'], 'secretRef' | 'expiresAt'>
  },
  now: Date,
  providerEnabled: boolean,
): KeyTrouble | null {
  if (!sealed && key.secretRef === null) return 'secret_missing'
  if (key.expiresAt && key.expiresAt <= now) return 'expired'
  if (!providerEnabled) return 'provider_disabled'
  return health && health.state !== 'up' ? health.state : null
}

/** The rows that the address asks for, in its order. */
export function chooseKeys(rows: KeyRow[], params: KeyParams): KeyRow[] {
  const wanted = (chosen: string[], ...values: (string | null)[]) =>
    chosen.length === 0 || values.some((value) => value !== null && chosen.includes(value))
  const query = params.q?.toLowerCase()
  const found = rows.filter(
    (row) =>
      wanted(params.provider, row.provider) &&
      wanted(params.environment, row.environment) &&
      wanted(params.status, row.status, row.trouble) &&
      wanted(params.tag, ...row.tags) &&
      wanted(params.owner, row.owner) &&
      (!query || searchText(row).includes(query)),
  )
  return found.sort((a, b) => compareKeys(a, b, params.sort) || a.name.localeCompare(b.name))
}

function searchText({ name, last4, provider, owner, tags, environment }: KeyRow): string {
  return [name, last4, provider, owner, environment, ...tags].join('\n').toLowerCase()
}

const sortValues: Record<KeyColumn, (row: KeyRow) => string | number | bigint | null> = {
  name: (row) => row.name.toLowerCase(),
  status: (row) => `${row.trouble ? 0 : 1}${row.status}`,
  last_error: (row) => row.lastError?.at ?? null,
  last_used: (row) => row.lastUsedAt,
  spend: (row) => row.spendNanos,
  requests: (row) => row.requests,
  success: (row) => row.success,
  average: (row) => row.averageMs,
}

/** What is not known comes last in both directions. */
function compareKeys(a: KeyRow, b: KeyRow, { column, descending }: Sort<KeyColumn>): number {
  const [one, other] = [sortValues[column](a), sortValues[column](b)]
  if (one === null || other === null) return Number(one === null) - Number(other === null)
  if (one === other) return 0
  return one < other === descending ? 1 : -1
}
