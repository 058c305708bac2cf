/** What the list of apps shows: rows, what the address asks for, filters and order. Pure. */
import { z } from 'zod'
import { sortBy, text, texts } from '@/components/data-table/parameters'
import type { Sort } from '@/components/data-table/query'
import type { AppActivity } from '@/lib/data/app-activity'
import type { App } from '@/lib/data/apps'

const columns = [
  'name',
  'environment',
  'owner',
  'status',
  'keys',
  'last_call',
  'requests',
  'errors',
  'spend',
] as const
export type AppColumn = (typeof columns)[number]

export const appParams = z.object({
  q: text,
  status: texts,
  environment: texts,
  tenant: texts,
  owner: texts,
  sort: sortBy(columns, { column: 'name', descending: false }),
})
export type AppParams = z.output<typeof appParams>
export const filterNames = ['q', 'status', 'environment', 'tenant', 'owner']

export type AppRow = {
  id: string
  name: string
  tenant: string
  project: string
  environment: string
  owner: string | null
  status: App['status']
  /** App keys that can be used now. */
  keys: number
  lastCallAt: string | null
  /** Since the organisation's month began. */
  requests: number
  errors: number
  spendNanos: bigint
}

export function appRow(app: App, activity: AppActivity | undefined): AppRow {
  return {
    id: app.id,
    name: app.name,
    tenant: app.tenant,
    project: app.project,
    environment: app.environment,
    owner: app.ownerEmail,
    status: app.status,
    keys: activity?.keys ?? 0,
    lastCallAt: activity?.last_call_at ?? null,
    requests: activity?.requests ?? 0,
    errors: activity?.errors ?? 0,
    spendNanos: BigInt(activity?.cost_nanos ?? 0),
  }
}

/** The rows that the address asks for, in its order. */
export function chooseApps(rows: AppRow[], params: AppParams): AppRow[] {
  const wanted = (chosen: string[], value: string | null) =>
    chosen.length === 0 || (value !== null && chosen.includes(value))
  const query = params.q?.toLowerCase()
  return rows
    .filter(
      (row) =>
        wanted(params.status, row.status) &&
        wanted(params.environment, row.environment) &&
        wanted(params.tenant, row.tenant) &&
        wanted(params.owner, row.owner) &&
        (!query || searchText(row).includes(query)),
    )
    .sort((a, b) => compareApps(a, b, params.sort) || a.name.localeCompare(b.name))
}

function searchText({ name, tenant, project, environment, owner }: AppRow): string {
  return [name, tenant, project, environment, owner].join('\n').toLowerCase()
}

const sortValues: Record<AppColumn, (row: AppRow) => string | number | bigint | null> = {
  name: (row) => row.name.toLowerCase(),
  environment: (row) => row.environment,
  owner: (row) => row.owner,
  status: (row) => row.status,
  keys: (row) => row.keys,
  last_call: (row) => row.lastCallAt,
  requests: (row) => row.requests,
  errors: (row) => row.errors,
  spend: (row) => row.spendNanos,
}

/** What is not known comes last in both directions. */
function compareApps(a: AppRow, b: AppRow, { column, descending }: Sort<AppColumn>): number {
  const [one, other] = [sortValues[column](a), sortValues[column](b)]
  if (one === null || other === null) return Number(one === null) - Number(other === null)
  if (one === other) return 0
  return one < other === descending ? 1 : -1
}
