import { createRoute } from '@hono/zod-openapi'
import type { Actor } from '@/lib/auth/actor'
import type { Database } from '@/lib/data/database'
import { readUsage, streamUsage, type UsageQuestion, type UsageSums } from '@/lib/data/usage'
import { noUsage, usageTotals } from '@/lib/data/usage-totals'
import { nanosToDecimal } from '@/lib/format'
import { type UsageQuery, type UsageRow, type UsageTotals, usage, usageQuery } from '@/lib/schemas/usage'
import { type UsageGroup, usageDimensions } from '@/lib/schemas/usage-dimensions'
import { csv, download } from './download'
import { organisationZone } from './organisation-zone'
import { ownAppsOnly } from './own-apps'
import { type AdminDependencies, answer, createRouter, invalid } from './router'

const tags = ['usage']
const dayMs = 86_400_000
const rowsMax = 10_000
const namedGroups: UsageGroup[] = ['app', 'key', 'pool', 'provider']

const routes = {
  json: createRoute({
    method: 'get',
    path: '/usage',
    tags,
    summary: 'Requests, tokens and cost',
    request: { query: usageQuery },
    responses: { 200: answer(usage, 'Groups and totals, exact at as_of') },
  }),
  csv: createRoute({
    method: 'get',
    path: '/usage.csv',
    tags,
    summary: 'The same as CSV',
    request: { query: usageQuery },
    responses: { 200: { description: 'One line a group', content: { 'text/csv': {} } } },
  }),
}

export function usageRoutes({ database }: AdminDependencies) {
  return createRouter()
    .openapi(routes.json, async (c) => {
      const now = new Date()
      const question = await toQuestion(database, c.var.actor, c.req.valid('query'), now)
      const rows = await readUsage(database, question, rowsMax + 2)
      const groups = rows.filter((row) => !row.total || question.groups.length === 0)
      if (groups.length > rowsMax) {
        throw invalid(
          `group_by: more than ${rowsMax} groups`,
          'group_by',
          'Ask for less at once, or use /usage.csv.',
        )
      }
      const total = rows.find((row) => row.total)
      return c.json(
        {
          rows: groups.map((row) => ({ ...groupFields(question.groups, row), ...usageTotals(row) })),
          totals: total ? usageTotals(total) : noUsage,
          as_of: now.toISOString(),
        },
        200,
      )
    })
    .openapi(routes.csv, async (c) => {
      const question = await toQuestion(database, c.var.actor, c.req.valid('query'), new Date())
      return download(lines(database, question), 'text/csv; charset=utf-8', 'usage.csv')
    })
}

async function toQuestion(
  database: Database,
  actor: Actor,
  query: UsageQuery,
  now: Date,
): Promise<UsageQuestion> {
  const { from = new Date(now.getTime() - dayMs), to = now, tz, group_by: groups, include } = query
  if (from >= to) throw invalid('from: expected a time before to', 'from')
  if (groups.includes('minute') && to.getTime() - from.getTime() > dayMs) {
    throw invalid(
      'group_by: minute is for at most 24 hours',
      'group_by',
      'Choose a shorter range, or group by hour.',
    )
  }
  const filters = Object.fromEntries(usageDimensions.map((name) => [name, query[name]]))
  return {
    range: { from, to },
    timeZone: tz ?? (await organisationZone(database.db)),
    groups,
    filters,
    probes: include === 'probes',
    ownerEmail: await ownAppsOnly(database.db, actor, 'usage', query.app),
  }
}

async function* lines(database: Database, question: UsageQuestion): AsyncGenerator<string> {
  const columns = [
    ...question.groups.flatMap((group) => (namedGroups.includes(group) ? [group, `${group}_name`] : [group])),
    ...Object.keys(noUsage),
  ]
  yield csv(columns, [], true)
  for await (const rows of streamUsage(database, question)) {
    const records = rows.map((row) => ({
      ...groupFields(question.groups, row),
      ...usageTotals(row),
      errors_by_class: JSON.stringify(row.errors_by_class ?? {}),
      cost_usd: nanosToDecimal(BigInt(row.cost_nanos)),
      estimated_cost_usd: nanosToDecimal(BigInt(row.estimated_cost_nanos)),
    }))
    yield csv(columns, records, false)
  }
}

type GroupFields = Partial<Omit<UsageRow, keyof UsageTotals>>

function groupFields(groups: UsageGroup[], row: UsageSums): Record<keyof GroupFields, string | null> {
  const fields = groups.flatMap((group, index) => {
    const value: [string, string | null] = [group, row.values[index] ?? null]
    return namedGroups.includes(group) ? [value, [`${group}_name`, row.names[index] ?? null]] : [value]
  })
  return Object.fromEntries(fields)
}
