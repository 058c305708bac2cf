import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import type { Actor } from '@/lib/auth/actor'
import { ownerScope } from '@/lib/auth/can'
import type { Database } from '@/lib/data/database'
import {
  findRequest,
  listRequests,
  type RequestPosition,
  type RequestQuestion,
  type RequestRow,
} from '@/lib/data/requests'
import { nanosToDecimal, nanosToUsd } from '@/lib/format'
import { idParam } from '@/lib/schemas/fields'
import {
  type RequestFilters,
  requestColumns,
  requestDetail,
  requestExportQuery,
  requestList,
  requestQuery,
} from '@/lib/schemas/requests'
import { csv, download } from './download'
import { ownAppsOnly } from './own-apps'
import { pageOf, timePosition } from './page'
import { type AdminDependencies, answer, createRouter, found } from './router'

const tags = ['requests']
const dayMs = 86_400_000
const exportPage = 1000

const routes = {
  list: createRoute({
    method: 'get',
    path: '/requests',
    tags,
    summary: 'List calls',
    request: { query: requestQuery },
    responses: { 200: answer(requestList, 'Calls, newest first') },
  }),
  csv: createRoute({
    method: 'get',
    path: '/requests.csv',
    tags,
    summary: 'Calls as CSV',
    description: 'The last 24 hours unless from says more.',
    request: { query: requestExportQuery },
    responses: { 200: { description: 'One line a call, newest first', content: { 'text/csv': {} } } },
  }),
  jsonl: createRoute({
    method: 'get',
    path: '/requests.jsonl',
    tags,
    summary: 'Calls as JSON lines',
    description: 'The last 24 hours unless from says more.',
    request: { query: requestExportQuery },
    responses: { 200: { description: 'application/jsonl: one object a line, newest first' } },
  }),
  get: createRoute({
    method: 'get',
    path: '/requests/{id}',
    tags,
    summary: 'One call with its attempts and how its key was chosen',
    request: { params: idParam },
    responses: { 200: answer(requestDetail, 'The call') },
  }),
}

export function requestRoutes({ database }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const { limit, cursor, ...filters } = c.req.valid('query')
      const rows = await listRequests(
        database,
        await toQuestion(database, c.var.actor, filters),
        cursor ? timePosition(cursor) : undefined,
        limit + 1,
      )
      return c.json(
        pageOf(rows, limit, (row) => [row.ts, row.id], toAnswer),
        200,
      )
    })
    .openapi(routes.csv, async (c) => {
      const question = await toQuestion(database, c.var.actor, lastDay(c.req.valid('query')))
      return download(csvLines(database, question), 'text/csv; charset=utf-8', 'requests.csv')
    })
    .openapi(routes.jsonl, async (c) => {
      const question = await toQuestion(database, c.var.actor, lastDay(c.req.valid('query')))
      return download(jsonLines(database, question), 'application/jsonl', 'requests.jsonl')
    })
    .openapi(routes.get, async (c) => {
      const row = found(
        await findRequest(database, c.req.valid('param').id, ownerScope(c.var.actor, 'request')),
        'request',
      )
      const detail: z.output<typeof requestDetail> = toAnswer(row)
      return c.json(detail, 200)
    })
}

async function toQuestion({ db }: Database, actor: Actor, filters: RequestFilters): Promise<RequestQuestion> {
  return { ...filters, ownerEmail: await ownAppsOnly(db, actor, 'request', filters.app) }
}

function lastDay(filters: RequestFilters): RequestFilters {
  return { ...filters, from: filters.from ?? new Date((filters.to?.getTime() ?? Date.now()) - dayMs) }
}

/** All rows, a page at a time: constant memory, and no transaction that stays open as long as the reader is slow. */
async function* pages(database: Database, question: RequestQuestion): AsyncGenerator<RequestRow[]> {
  let after: RequestPosition | undefined
  for (;;) {
    const rows = await listRequests(database, question, after, exportPage)
    if (rows.length > 0) yield rows
    after = rows.at(-1)
    if (rows.length < exportPage) return
  }
}

async function* csvLines(database: Database, question: RequestQuestion): AsyncGenerator<string> {
  yield csv(requestColumns, [], true)
  for await (const rows of pages(database, question)) {
    const records = rows.map((row) => ({
      ...toAnswer(row),
      cost_usd: nanosToDecimal(BigInt(row.cost_nanos)),
    }))
    yield csv(requestColumns, records, false)
  }
}

async function* jsonLines(database: Database, question: RequestQuestion): AsyncGenerator<string> {
  for await (const rows of pages(database, question)) {
    yield rows.map((row) => `${JSON.stringify(toAnswer(row))}\n`).join('')
  }
}

function toAnswer<Row extends { ts: string; cost_nanos: string }>({ ts, cost_nanos, ...rest }: Row) {
  return { ...rest, ts: new Date(ts).toISOString(), cost_usd: nanosToUsd(BigInt(cost_nanos)) }
}
