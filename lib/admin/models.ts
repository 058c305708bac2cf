import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import type { RouteTarget } from '@/drizzle/schema'
import { recordAudit } from '@/lib/auth/audit'
import type { Db } from '@/lib/data/database'
import {
  findModelRoute,
  insertModelRoute,
  listModelRoutes,
  type ModelRoute,
  updateModelRoute,
} from '@/lib/data/model-routes'
import { poolSlugs } from '@/lib/data/pools'
import { newId } from '@/lib/id'
import { idParam, listQuery } from '@/lib/schemas/fields'
import {
  modelRoute,
  modelRouteInput,
  modelRouteList,
  modelRoutePatch,
  type TargetInput,
} from '@/lib/schemas/models'
import { pageFrom, pageOf } from './page'
import { resolvePools } from './pool-references'
import { type AdminDependencies, answer, body, createRouter, found, gone, invalid } from './router'

const tags = ['models']

const routes = {
  list: createRoute({
    method: 'get',
    path: '/models',
    tags,
    summary: 'List model routes',
    request: { query: listQuery },
    responses: { 200: answer(modelRouteList, 'Model routes, oldest first') },
  }),
  create: createRoute({
    method: 'post',
    path: '/models',
    tags,
    summary: 'Add a model route',
    request: { body: body(modelRouteInput) },
    responses: { 201: answer(modelRoute, 'The new route') },
  }),
  get: createRoute({
    method: 'get',
    path: '/models/{id}',
    tags,
    summary: 'One model route',
    request: { params: idParam },
    responses: { 200: answer(modelRoute, 'The route') },
  }),
  patch: createRoute({
    method: 'patch',
    path: '/models/{id}',
    tags,
    summary: 'Change a model route',
    request: { params: idParam, body: body(modelRoutePatch) },
    responses: { 200: answer(modelRoute, 'The route') },
  }),
  archive: createRoute({
    method: 'delete',
    path: '/models/{id}',
    tags,
    summary: 'Archive a model route',
    request: { params: idParam },
    responses: { 204: gone },
  }),
}

export function modelRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const rows = await listModelRoutes(db, pageFrom(query))
      const slugs = await slugsOf(db, rows)
      return c.json(
        pageOf(
          rows,
          query.limit,
          (row) => [row.id],
          (row) => toAnswer(row, slugs),
        ),
        200,
      )
    })
    .openapi(routes.create, async (c) => {
      const { name, targets, downgrade_to: downgradeTo } = c.req.valid('json')
      checkWildcards(name, targets)
      checkDowngrade(name, downgradeTo)
      const row = await db.transaction(async (tx) => {
        const created = await insertModelRoute(tx, {
          id: newId(),
          name,
          targets: await toTargets(tx, targets),
          downgradeTo,
        })
        await recordAudit(tx, c.var.actor, 'create', 'model', created.id)
        return created
      })
      return c.json(toAnswer(row, await slugsOf(db, [row])), 201)
    })
    .openapi(routes.get, async (c) => {
      const row = found(await findModelRoute(db, c.req.valid('param').id), 'model')
      return c.json(toAnswer(row, await slugsOf(db, [row])), 200)
    })
    .openapi(routes.patch, async (c) => {
      const input = c.req.valid('json')
      const row = await db.transaction(async (tx) => {
        const before = found(await findModelRoute(tx, c.req.valid('param').id), 'model')
        const { name = before.name, downgrade_to: downgradeTo = before.downgradeTo } = input
        const targets = input.targets ? await toTargets(tx, input.targets) : before.targets
        checkWildcards(name, targets)
        checkDowngrade(name, downgradeTo)
        const changes = { name, targets, downgradeTo }
        const changed = found(await updateModelRoute(tx, before.id, changes), 'model')
        await recordAudit(tx, c.var.actor, 'update', 'model', changed.id, { fields: Object.keys(input) })
        return changed
      })
      return c.json(toAnswer(row, await slugsOf(db, [row])), 200)
    })
    .openapi(routes.archive, async (c) => {
      await db.transaction(async (tx) => {
        const { id } = found(await findModelRoute(tx, c.req.valid('param').id), 'model')
        found(await updateModelRoute(tx, id, { archivedAt: new Date() }), 'model')
        await recordAudit(tx, c.var.actor, 'archive', 'model', id)
      })
      return c.body(null, 204)
    })
}

async function toTargets(tx: Db, targets: TargetInput[]): Promise<RouteTarget[]> {
  const pools = await resolvePools(
    tx,
    targets.map((target) => target.pool),
    { param: 'targets' },
  )
  return pools.map((pool, index) => ({
    pool_id: pool.id,
    model: targets[index]?.model ?? '',
    first_byte_timeout_ms: targets[index]?.first_byte_timeout_ms ?? null,
  }))
}

function checkWildcards(name: string, targets: { model: string }[]): void {
  if (name.endsWith('*') || !targets.some((target) => target.model.endsWith('*'))) return
  throw invalid('targets: a model may end in * only when the name does', 'targets')
}

function checkDowngrade(name: string, downgradeTo: string | null): void {
  if (name === downgradeTo)
    throw invalid('downgrade_to: expected another model than this one', 'downgrade_to')
}

async function slugsOf(db: Db, rows: ModelRoute[]): Promise<Map<string, string>> {
  return await poolSlugs(db, [...new Set(rows.flatMap((row) => row.targets.map((target) => target.pool_id)))])
}

function toAnswer(row: ModelRoute, slugs: Map<string, string>): z.output<typeof modelRoute> {
  return {
    id: row.id,
    name: row.name,
    targets: row.targets.map(({ pool_id, model, first_byte_timeout_ms }) => ({
      pool: slugs.get(pool_id) ?? pool_id,
      model,
      first_byte_timeout_ms,
    })),
    downgrade_to: row.downgradeTo,
    created_at: row.createdAt.toISOString(),
  }
}
