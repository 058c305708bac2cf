import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { recordAudit } from '@/lib/auth/audit'
import { type Budget, budgetsOf, replaceBudgets } from '@/lib/data/budget-list'
import type { Db } from '@/lib/data/database'
import { findPolicy, listPolicies, type Policy, setPolicy } from '@/lib/data/policies'
import { listQuery } from '@/lib/schemas/fields'
import { limitsAnswer } from '@/lib/schemas/limits'
import {
  globalId,
  type PolicyScope,
  policy,
  policyInput,
  policyList,
  policyParams,
  policyScope,
} from '@/lib/schemas/policies'
import { budgetAnswers, budgetRows } from './budget-fields'
import { decodeCursor, invalidCursor, pageOf } from './page'
import { type AdminDependencies, answer, body, createRouter } from './router'

const tags = ['policies']
const one = { 200: answer(policy, 'The policy; empty when it was never set') }

const routes = {
  list: createRoute({
    method: 'get',
    path: '/policies',
    tags,
    summary: 'List the policies of tenants, projects, features and of everything',
    request: { query: listQuery },
    responses: { 200: answer(policyList, 'Policies that say anything, by scope and name') },
  }),
  get: createRoute({
    method: 'get',
    path: '/policies/{scope}/{id}',
    tags,
    summary: 'Limits, budgets and allowed models of a tenant, project or feature, or of everything',
    request: { params: policyParams },
    responses: one,
  }),
  put: createRoute({
    method: 'put',
    path: '/policies/{scope}/{id}',
    tags,
    summary: 'Set a policy',
    description: 'A field that is left out is emptied. A budget of the same period keeps what was spent.',
    request: { params: policyParams, body: body(policyInput) },
    responses: one,
  }),
}

export function policyRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const { limit, cursor } = c.req.valid('query')
      const rows = await listPolicies(db, { limit, after: cursor ? positionOf(cursor) : undefined })
      const budgets = await budgetsOfAll(db, rows)
      return c.json(
        pageOf(
          rows,
          limit,
          (row) => [row.scope, row.scopeId],
          (row) => toAnswer(row, budgets.get(row.scope)?.get(row.scopeId)),
        ),
        200,
      )
    })
    .openapi(routes.get, async (c) => c.json(await readPolicy(db, c.req.valid('param')), 200))
    .openapi(routes.put, async (c) => {
      const { scope, id } = c.req.valid('param')
      const { limits, budgets, allowed_models } = c.req.valid('json')
      const scopeId = rowId(scope, id)
      await db.transaction(async (tx) => {
        await setPolicy(tx, { scope, scopeId, limits, allowedModels: allowed_models })
        await replaceBudgets(tx, scope, scopeId, budgetRows(budgets))
        await recordAudit(tx, c.var.actor, 'update', 'policy', `${scope}/${id}`)
      })
      return c.json(await readPolicy(db, { scope, id }), 200)
    })
}

async function readPolicy(
  db: Db,
  { scope, id }: z.output<typeof policyParams>,
): Promise<z.output<typeof policy>> {
  const scopeId = rowId(scope, id)
  const row = await findPolicy(db, { scope, scopeId })
  const budgets = (await budgetsOf(db, scope, [scopeId])).get(scopeId)
  return toAnswer(row ?? { scope, scopeId, limits: null, allowedModels: [], updatedAt: null }, budgets)
}

type BudgetsByScope = Map<PolicyScope, Map<string, Budget[]>>

async function budgetsOfAll(db: Db, rows: Policy[]): Promise<BudgetsByScope> {
  const ids = (scope: PolicyScope) => rows.filter((row) => row.scope === scope).map((row) => row.scopeId)
  const found = policyScope.options.map(
    async (scope) => [scope, await budgetsOf(db, scope, ids(scope))] as const,
  )
  return new Map(await Promise.all(found))
}

/** In the tables, what is for everything has an empty id. */
function rowId(scope: PolicyScope, id: string): string {
  return scope === 'global' ? '' : id
}

function positionOf(cursor: string): Pick<Policy, 'scope' | 'scopeId'> {
  const [scope = '', scopeId = '', ...rest] = decodeCursor(cursor)
  const known = policyScope.safeParse(scope)
  if (!known.success || rest.length > 0) throw invalidCursor()
  return { scope: known.data, scopeId }
}

function toAnswer(
  row: Omit<Policy, 'updatedAt'> & { updatedAt: Date | null },
  budgets: Budget[] | undefined,
): z.output<typeof policy> {
  return {
    scope: row.scope,
    id: row.scope === 'global' ? globalId : row.scopeId,
    limits: limitsAnswer(row.limits),
    budgets: budgetAnswers(budgets),
    allowed_models: row.allowedModels,
    updated_at: row.updatedAt?.toISOString() ?? null,
  }
}
