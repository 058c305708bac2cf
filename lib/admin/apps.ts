import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { recordAudit } from '@/lib/auth/audit'
import { ownerScope } from '@/lib/auth/can'
import { type App, archiveApp, findApp, insertApp, listApps, lockApp, updateApp } from '@/lib/data/apps'
import { archiveBudgets, type Budget, budgetsOf, replaceBudgets } from '@/lib/data/budget-list'
import type { Db } from '@/lib/data/database'
import { poolSlugs } from '@/lib/data/pools'
import { newId } from '@/lib/id'
import { app, appInput, appList, appPatch } from '@/lib/schemas/apps'
import { idParam, listQuery } from '@/lib/schemas/fields'
import { limitsAnswer } from '@/lib/schemas/limits'
import { budgetAnswers, budgetRows } from './budget-fields'
import { camelKeys } from './case'
import { pageFrom, pageOf } from './page'
import { resolvePools } from './pool-references'
import { type AdminDependencies, answer, body, createRouter, found, gone } from './router'

const tags = ['apps']

const routes = {
  list: createRoute({
    method: 'get',
    path: '/apps',
    tags,
    summary: 'List apps',
    request: { query: listQuery },
    responses: { 200: answer(appList, 'Apps, oldest first') },
  }),
  create: createRoute({
    method: 'post',
    path: '/apps',
    tags,
    summary: 'Add an app',
    request: { body: body(appInput) },
    responses: { 201: answer(app, 'The new app') },
  }),
  get: createRoute({
    method: 'get',
    path: '/apps/{id}',
    tags,
    summary: 'One app',
    request: { params: idParam },
    responses: { 200: answer(app, 'The app') },
  }),
  patch: createRoute({
    method: 'patch',
    path: '/apps/{id}',
    tags,
    summary: 'Change an app',
    request: { params: idParam, body: body(appPatch) },
    responses: { 200: answer(app, 'The app') },
  }),
  archive: createRoute({
    method: 'delete',
    path: '/apps/{id}',
    tags,
    summary: 'Archive an app and revoke its keys',
    request: { params: idParam },
    responses: { 204: gone },
  }),
}

export function appRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const rows = await listApps(db, pageFrom(query), ownerScope(c.var.actor, 'app'))
      const toAnswer = await answersOf(db, rows)
      return c.json(
        pageOf(rows, query.limit, (row) => [row.id], toAnswer),
        200,
      )
    })
    .openapi(routes.create, async (c) => {
      const { budgets, ...input } = c.req.valid('json')
      const row = await db.transaction(async (tx) => {
        const created = await insertApp(tx, {
          id: newId(),
          ...camelKeys(input),
          tenantScope: input.tenant_scope ?? [input.tenant],
          projectScope: input.project_scope ?? [input.project],
          pools: await poolIds(tx, input.pools),
        })
        await replaceBudgets(tx, 'app', created.id, budgetRows(budgets))
        await recordAudit(tx, c.var.actor, 'create', 'app', created.id)
        return created
      })
      return c.json(await readAnswer(db, row), 201)
    })
    .openapi(routes.get, async (c) => {
      const row = found(await findApp(db, c.req.valid('param').id, ownerScope(c.var.actor, 'app')), 'app')
      return c.json(await readAnswer(db, row), 200)
    })
    .openapi(routes.patch, async (c) => {
      const body = c.req.valid('json')
      const { budgets, ...input } = body
      const row = await db.transaction(async (tx) => {
        const before = found(await lockApp(tx, c.req.valid('param').id), 'app')
        const changed = await updateApp(tx, before.id, {
          ...camelKeys(input),
          tenantScope: input.tenant_scope ?? movedScope(before.tenantScope, before.tenant, input.tenant),
          projectScope: input.project_scope ?? movedScope(before.projectScope, before.project, input.project),
          pools: input.pools ? await poolIds(tx, input.pools) : before.pools,
        })
        if (budgets) await replaceBudgets(tx, 'app', changed.id, budgetRows(budgets))
        await recordAudit(tx, c.var.actor, 'update', 'app', changed.id, { fields: Object.keys(body) })
        return changed
      })
      return c.json(await readAnswer(db, row), 200)
    })
    .openapi(routes.archive, async (c) => {
      await db.transaction(async (tx) => {
        const { id } = found(await lockApp(tx, c.req.valid('param').id), 'app')
        const keyIds = await archiveApp(tx, id)
        await archiveBudgets(tx, 'app', [id])
        await archiveBudgets(tx, 'app_key', keyIds)
        await recordAudit(tx, c.var.actor, 'archive', 'app', id)
      })
      return c.body(null, 204)
    })
}

async function poolIds(tx: Db, references: string[]): Promise<string[]> {
  return (await resolvePools(tx, references)).map((pool) => pool.id)
}

/** A scope that holds only the app's own name follows when that name changes. */
function movedScope(scope: string[], before: string, after: string | undefined): string[] {
  return after !== undefined && scope.length === 1 && scope[0] === before ? [after] : scope
}

/** What turns each of these rows into an answer. */
async function answersOf(db: Db, rows: App[]): Promise<(row: App) => z.output<typeof app>> {
  const slugs = await poolSlugs(db, [...new Set(rows.flatMap((row) => row.pools))])
  const budgets = await budgetsOf(
    db,
    'app',
    rows.map((row) => row.id),
  )
  return (row) => toAnswer(row, slugs, budgets.get(row.id))
}

async function readAnswer(db: Db, row: App): Promise<z.output<typeof app>> {
  return (await answersOf(db, [row]))(row)
}

function toAnswer(row: App, slugs: Map<string, string>, budgets: Budget[] | undefined): z.output<typeof app> {
  return {
    id: row.id,
    name: row.name,
    tenant: row.tenant,
    project: row.project,
    tenant_scope: row.tenantScope,
    project_scope: row.projectScope,
    feature_scope: row.featureScope,
    environment: row.environment,
    allow_environments: row.allowEnvironments,
    owner_email: row.ownerEmail,
    allowed_models: row.allowedModels,
    pools: row.pools.map((id) => slugs.get(id) ?? id),
    allowed_ips: row.allowedIps,
    default_max_output_tokens: row.defaultMaxOutputTokens,
    language: row.language,
    limits: limitsAnswer(row.limits),
    budgets: budgetAnswers(budgets),
    status: row.status,
    created_at: row.createdAt.toISOString(),
  }
}
