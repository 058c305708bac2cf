import { createRoute } from '@hono/zod-openapi'
import type { Database } from '@/lib/data/database'
import { readSettings } from '@/lib/data/settings'
import { readUsage, streamUsage, type UsageQuestion, type UsageSums } from '@/lib/data/usage'
import { nanosToDecimal, nanosToUsd } from '@/lib/format'
import { timeZone } from '@/lib/schemas/settings'
import {
  type UsageGroup,
  type UsageQuery,
  type UsageRow,
  type UsageTotals,
  usage,
  usageDimensions,
  usageQuery,
} from '@/lib/schemas/usage'
import { csv, download } from './download'
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
      const question = await toQuestion(database, c.req.valid('query'), now)
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
          rows: groups.map((row) => ({ ...groupFields(question.groups, row), ...sums(row) })),
          totals: total ? sums(total) : nothing,
          as_of: now.toISOString(),
        },
        200,
      )
    })
    .openapi(routes.csv, async (c) => {
      const question = await toQuestion(database, c.req.valid('query'), new Date())
      return download(lines(database, question), 'text/csv; charset=utf-8', 'usage.csv')
    })
}

async function toQuestion(database: Database, query: UsageQuery, now: Date): Promise<UsageQuestion> {
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
    timeZone: tz ?? (await organisationZone(database)),
    groups,
    filters,
    probes: include === 'probes',
  }
}

async function organisationZone({ db }: Database): Promise<string> {
  const { time_zone } = await readSettings(db, ['time_zone'])
  return timeZone.catch('UTC').parse(time_zone)
}

async function* lines(database: Database, question: UsageQuestion): AsyncGenerator<string> {
  const columns = [
    ...question.groups.flatMap((group) => (namedGroups.includes(group) ? [group, `${group}_name`] : [group])),
    ...Object.keys(nothing),
  ]
  yield csv(columns, [], true)
  for await (const rows of streamUsage(database, question)) {
    const records = rows.map((row) => ({
      ...groupFields(question.groups, row),
      ...sums(row),
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

function sums(row: UsageSums): UsageTotals {
  return {
    requests: Number(row.requests),
    errors: Number(row.errors),
    errors_by_class: row.errors_by_class ?? {},
    refused: Number(row.refused),
    input_tokens: Number(row.input_tokens),
    cached_input_tokens: Number(row.cached_input_tokens),
    output_tokens: Number(row.output_tokens),
    reasoning_tokens: Number(row.reasoning_tokens),
    cost_usd: nanosToUsd(BigInt(row.cost_nanos)),
    estimated_cost_usd: nanosToUsd(BigInt(row.estimated_cost_nanos)),
    p50_ms: row.p50_ms,
    p95_ms: row.p95_ms,
    ttft_p50_ms: row.ttft_p50_ms,
  }
}

const nothing: UsageTotals = {
  requests: 0,
  errors: 0,
  errors_by_class: {},
  refused: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  cost_usd: 0,
  estimated_cost_usd: 0,
  p50_ms: null,
  p95_ms: null,
  ttft_p50_ms: null,
}
