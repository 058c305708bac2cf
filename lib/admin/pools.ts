import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { recordAudit } from '@/lib/auth/audit'
import { archiveBudgets, type Budget, budgetsOf, replaceBudgets } from '@/lib/data/budget-list'
import type { Db } from '@/lib/data/database'
import { lockKeys } from '@/lib/data/keys'
import { poolsLinkedTo } from '@/lib/data/pool-links'
import {
  findPool,
  insertPool,
  listPools,
  lockPool,
  type PoolDetails,
  replacePoolKeys,
  updatePool,
  usersOfPool,
} from '@/lib/data/pools'
import { newId } from '@/lib/id'
import { idParam, listQuery } from '@/lib/schemas/fields'
import { limitsAnswer } from '@/lib/schemas/limits'
import { type PoolKeyInput, pool, poolInput, poolList, poolPatch } from '@/lib/schemas/pools'
import { budgetAnswers, budgetRows } from './budget-fields'
import { camelKeys } from './case'
import { pageFrom, pageOf } from './page'
import { checkPoolLinks } from './pool-links'
import { resolvePool } from './pool-references'
import { type AdminDependencies, answer, body, conflict, createRouter, found, gone, invalid } from './router'

const tags = ['pools']

const routes = {
  list: createRoute({
    method: 'get',
    path: '/pools',
    tags,
    summary: 'List pools',
    request: { query: listQuery },
    responses: { 200: answer(poolList, 'Pools, oldest first') },
  }),
  create: createRoute({
    method: 'post',
    path: '/pools',
    tags,
    summary: 'Add a pool',
    request: { body: body(poolInput) },
    responses: { 201: answer(pool, 'The new pool') },
  }),
  get: createRoute({
    method: 'get',
    path: '/pools/{id}',
    tags,
    summary: 'One pool',
    request: { params: idParam },
    responses: { 200: answer(pool, 'The pool') },
  }),
  patch: createRoute({
    method: 'patch',
    path: '/pools/{id}',
    tags,
    summary: 'Change a pool',
    description: 'keys replaces all of its keys. A default pool keeps its keys and environment.',
    request: { params: idParam, body: body(poolPatch) },
    responses: { 200: answer(pool, 'The pool') },
  }),
  archive: createRoute({
    method: 'delete',
    path: '/pools/{id}',
    tags,
    summary: 'Archive a pool that no app, no model and no other pool names',
    request: { params: idParam },
    responses: { 204: gone },
  }),
}

export function poolRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const rows = await listPools(db, pageFrom(query))
      const budgets = await budgetsOf(
        db,
        'pool',
        rows.map((row) => row.pool.id),
      )
      return c.json(
        pageOf(
          rows,
          query.limit,
          (row) => [row.pool.id],
          (row) => toAnswer(row, budgets.get(row.pool.id)),
        ),
        200,
      )
    })
    .openapi(routes.create, async (c) => {
      const { keys, budgets, fallback_pool_id: fallback, ...fields } = c.req.valid('json')
      const id = newId()
      await db.transaction(async (tx) => {
        await checkKeys(tx, keys, fields.environment)
        await insertPool(tx, {
          id,
          ...camelKeys(fields),
          name: fields.name ?? fields.slug,
          fallbackPoolId: await fallbackId(tx, fallback, fields.environment),
        })
        await replacePoolKeys(tx, id, keys.map(camelKeys))
        await replaceBudgets(tx, 'pool', id, budgetRows(budgets))
        await recordAudit(tx, c.var.actor, 'create', 'pool', id)
      })
      return c.json(await readPool(db, id), 201)
    })
    .openapi(routes.get, async (c) => c.json(await readPool(db, c.req.valid('param').id), 200))
    .openapi(routes.patch, async (c) => {
      const { id } = c.req.valid('param')
      const input = c.req.valid('json')
      await db.transaction(async (tx) => {
        await changePool(tx, id, input)
        await recordAudit(tx, c.var.actor, 'update', 'pool', id, { fields: Object.keys(input) })
      })
      return c.json(await readPool(db, id), 200)
    })
    .openapi(routes.archive, async (c) => {
      await db.transaction(async (tx) => {
        const { id, slug } = found(await lockPool(tx, c.req.valid('param').id), 'pool')
        await checkUnused(tx, id, slug)
        await replacePoolKeys(tx, id, [])
        await archiveBudgets(tx, 'pool', [id])
        await updatePool(tx, id, { archivedAt: new Date() })
        await recordAudit(tx, c.var.actor, 'archive', 'pool', id)
      })
      return c.body(null, 204)
    })
}

async function changePool(tx: Db, id: string, input: z.output<typeof poolPatch>): Promise<void> {
  const { keys, budgets, fallback_pool_id: fallback, ...fields } = input
  const before = found(await lockPool(tx, id), 'pool')
  const { members } = found(await findPool(tx, id), 'pool')
  if (before.defaultForProviderId) checkDefaultPool(before.slug, members, input, before.environment)
  const { environment = before.environment } = fields
  const wanted = keys ?? members.map((member) => ({ ...member, key_id: member.keyId }))
  if (keys || environment !== before.environment) await checkKeys(tx, wanted, environment)
  const fallbackPoolId = fallback === undefined ? undefined : await fallbackId(tx, fallback, environment)
  await updatePool(tx, id, { ...camelKeys(fields), slug: fields.slug ?? before.slug, fallbackPoolId })
  if (keys) await replacePoolKeys(tx, id, keys.map(camelKeys))
  if (budgets) await replaceBudgets(tx, 'pool', id, budgetRows(budgets))
  await checkPoolLinks(tx, id)
}

async function fallbackId(tx: Db, reference: string | null, environment: string): Promise<string | null> {
  return reference === null ? null : await resolvePool(tx, reference, environment, 'fallback_pool_id')
}

/** An archived pool would leave its apps with nothing or, seen as an empty list, with everything: so it is refused. */
export async function checkUnused(tx: Db, id: string, slug: string): Promise<void> {
  const { pool: row, members } = found(await findPool(tx, id), 'pool')
  if (row.defaultForProviderId && members.length > 0) {
    throw conflict(
      `${slug} is the default pool of its provider and still has keys.`,
      'Archive or disable the keys instead; each key belongs to the default pool of its provider.',
    )
  }
  const users = [
    ...(await usersOfPool(tx, id)),
    ...(await poolsLinkedTo(tx, 'fallback', id)).map((other) => `pool ${other} as its fallback`),
    ...(await poolsLinkedTo(tx, 'switch', id)).map((other) => `pool ${other}, which is switched to it`),
  ]
  if (users.length > 0) {
    throw conflict(
      `The pool ${slug} is used by ${users.join(', ')}.`,
      'Take it out of their pools, targets, fallback or switch first.',
    )
  }
}

async function checkKeys(tx: Db, keys: Pick<PoolKeyInput, 'key_id'>[], environment: string): Promise<void> {
  const rows = await lockKeys(
    tx,
    keys.map((entry) => entry.key_id),
  )
  for (const { key_id } of keys) {
    const row = rows.find((candidate) => candidate.id === key_id)
    if (!row) throw invalid(`keys: there is no key ${key_id}`, 'keys', 'GET /api/admin/keys lists them.')
    if (row.environment !== environment) {
      throw invalid(
        `keys: the key ${row.name} is of environment ${row.environment}, the pool of ${environment}`,
        'keys',
      )
    }
  }
}

function checkDefaultPool(
  slug: string,
  members: PoolDetails['members'],
  input: z.output<typeof poolPatch>,
  environment: string,
): void {
  const hint = 'Make a pool of your own for another choice of keys, or disable a key.'
  if (input.environment !== undefined && input.environment !== environment) {
    throw invalid(`environment: ${slug} is a default pool and stays in ${environment}`, 'environment', hint)
  }
  if (!input.keys) return
  const wanted = new Set(input.keys.map((entry) => entry.key_id))
  if (wanted.size !== members.length || members.some((member) => !wanted.has(member.keyId))) {
    throw invalid(
      `keys: ${slug} is a default pool and holds all keys of its provider in ${environment}`,
      'keys',
      hint,
    )
  }
}

export async function readPool(db: Db, id: string): Promise<z.output<typeof pool>> {
  const row = found(await findPool(db, id), 'pool')
  return toAnswer(row, (await budgetsOf(db, 'pool', [row.pool.id])).get(row.pool.id))
}

function toAnswer(
  { pool: row, defaultForProvider, members }: PoolDetails,
  budgets: Budget[] | undefined,
): z.output<typeof pool> {
  const switched = row.switchUntil !== null && row.switchUntil.getTime() > Date.now()
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    environment: row.environment,
    default_for_provider: defaultForProvider,
    strategy: row.strategy,
    stickiness: row.stickiness,
    keys: members.map(({ keyId, name, weight, tier }) => ({ key_id: keyId, name, weight, tier })),
    allowed_models: row.allowedModels,
    tenant_scope: row.tenantScope,
    standby_percent: row.standbyPercent,
    fallback_pool_id: row.fallbackPoolId,
    model_priority: row.modelPriority,
    wait_seconds: row.waitSeconds,
    limits: limitsAnswer(row.limits),
    budgets: budgetAnswers(budgets),
    switch_to_pool_id: switched ? row.switchToPoolId : null,
    switch_until: switched ? (row.switchUntil?.toISOString() ?? null) : null,
    created_at: row.createdAt.toISOString(),
  }
}
