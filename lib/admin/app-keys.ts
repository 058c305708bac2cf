import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import type { Actor } from '@/lib/auth/actor'
import { recordAudit } from '@/lib/auth/audit'
import { ownerScope } from '@/lib/auth/can'
import { type AppKey, insertAppKey, listAppKeys, lockAppKey, updateAppKey } from '@/lib/data/app-keys'
import { type App, findApp } from '@/lib/data/apps'
import { archiveBudgets, type Budget, budgetsOf, moveBudgets, replaceBudgets } from '@/lib/data/budget-list'
import type { Db } from '@/lib/data/database'
import type { Env } from '@/lib/env'
import { AkcpError } from '@/lib/errors'
import { newId } from '@/lib/id'
import {
  appKey,
  appKeyInput,
  appKeyList,
  appKeyParams,
  appKeyPatch,
  appKeyRotation,
  newAppKey,
} from '@/lib/schemas/apps'
import { idParam, listQuery } from '@/lib/schemas/fields'
import { limitsAnswer } from '@/lib/schemas/limits'
import { createAppKey } from '@/lib/secrets/app-key'
import { budgetAnswers, budgetRows } from './budget-fields'
import { camelKeys } from './case'
import { pageFrom, pageOf } from './page'
import { type AdminDependencies, answer, body, conflict, createRouter, found } from './router'

const tags = ['app keys']
const one = { 200: answer(appKey, 'The app key') }

const routes = {
  list: createRoute({
    method: 'get',
    path: '/apps/{id}/keys',
    tags,
    summary: 'List an app’s keys',
    request: { params: idParam, query: listQuery },
    responses: { 200: answer(appKeyList, 'App keys, oldest first, revoked ones included') },
  }),
  create: createRoute({
    method: 'post',
    path: '/apps/{id}/keys',
    tags,
    summary: 'Issue an app key',
    request: { params: idParam, body: body(appKeyInput) },
    responses: { 201: answer(newAppKey, 'The new key; raw_key is shown this once') },
  }),
  patch: createRoute({
    method: 'patch',
    path: '/apps/{id}/keys/{key_id}',
    tags,
    summary: 'Change an app key',
    request: { params: appKeyParams, body: body(appKeyPatch) },
    responses: one,
  }),
  rotate: createRoute({
    method: 'post',
    path: '/apps/{id}/keys/{key_id}/rotate',
    tags,
    summary: 'Replace an app key',
    description:
      'The new key takes over name, allowed models, expiry, limits and the budgets with what was spent. The old one works for grace_seconds more, under the same limits and budgets counted anew.',
    request: { params: appKeyParams, body: body(appKeyRotation) },
    responses: { 201: answer(newAppKey, 'The new key; raw_key is shown this once') },
  }),
  revoke: createRoute({
    method: 'post',
    path: '/apps/{id}/keys/{key_id}/revoke',
    tags,
    summary: 'Revoke an app key for good',
    request: { params: appKeyParams },
    responses: one,
  }),
}

export function appKeyRoutes({ database: { db }, env }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const { id } = await appOf(db, c.var.actor, c.req.valid('param').id)
      const rows = await listAppKeys(db, id, pageFrom(query))
      const budgets = await budgetsOf(
        db,
        'app_key',
        rows.map((row) => row.id),
      )
      return c.json(
        pageOf(
          rows,
          query.limit,
          (row) => [row.id],
          (row) => toAnswer(row, budgets.get(row.id)),
        ),
        200,
      )
    })
    .openapi(routes.create, async (c) => {
      const { budgets, ...input } = c.req.valid('json')
      const issued = await db.transaction(async (tx) => {
        const app = await appOf(tx, c.var.actor, c.req.valid('param').id)
        const issued = await issue(tx, env, { appId: app.id, ...camelKeys(input) })
        await replaceBudgets(tx, 'app_key', issued.row.id, budgetRows(budgets))
        await recordAudit(tx, c.var.actor, 'create', 'app_key', issued.row.id)
        return issued
      })
      return c.json(await newKeyAnswer(db, issued), 201)
    })
    .openapi(routes.patch, async (c) => {
      const body = c.req.valid('json')
      const { budgets, ...input } = body
      const row = await db.transaction(async (tx) => {
        const before = await usableKey(tx, c.var.actor, c.req.valid('param'))
        if (Object.keys(body).length === 0) return before
        if (budgets) await replaceBudgets(tx, 'app_key', before.id, budgetRows(budgets))
        await recordAudit(tx, c.var.actor, 'update', 'app_key', before.id, { fields: Object.keys(body) })
        return await updateAppKey(tx, before.id, { ...camelKeys(input), name: input.name ?? before.name })
      })
      return c.json(await readAnswer(db, row), 200)
    })
    .openapi(routes.rotate, async (c) => {
      const { grace_seconds } = c.req.valid('json')
      const issued = await db.transaction(async (tx) => {
        const old = await usableKey(tx, c.var.actor, c.req.valid('param'))
        if (old.status === 'disabled')
          throw conflict('A disabled key is not rotated.', 'Enable it first, or issue a new key.')
        const { id, appId, name, allowedModels, limits, expiresAt } = old
        const issued = await issue(tx, env, { appId, name, allowedModels, limits, expiresAt })
        const end = new Date(Date.now() + grace_seconds * 1000)
        await updateAppKey(tx, id, { expiresAt: expiresAt && expiresAt < end ? expiresAt : end })
        await handOverBudgets(tx, id, issued.row.id, grace_seconds > 0)
        await recordAudit(tx, c.var.actor, 'rotate', 'app_key', id, { new_id: issued.row.id, grace_seconds })
        return issued
      })
      return c.json(await newKeyAnswer(db, issued), 201)
    })
    .openapi(routes.revoke, async (c) => {
      const row = await db.transaction(async (tx) => {
        const before = await keyOf(tx, c.var.actor, c.req.valid('param'))
        if (before.status === 'revoked') return before
        await archiveBudgets(tx, 'app_key', [before.id])
        await recordAudit(tx, c.var.actor, 'revoke', 'app_key', before.id)
        return await updateAppKey(tx, before.id, { status: 'revoked' })
      })
      return c.json(await readAnswer(db, row), 200)
    })
}

type IssuedKey = { row: AppKey; rawKey: string }

async function issue(
  tx: Db,
  env: Env,
  fields: Pick<AppKey, 'appId' | 'name' | 'allowedModels' | 'limits' | 'expiresAt'>,
): Promise<IssuedKey> {
  if (!env.AKCP_APP_KEY_PEPPER) {
    throw new AkcpError('service_unavailable', 'App keys cannot be made: this process has no pepper.', {
      hint: 'Start it with AKCP_APP_KEY_PEPPER, the same value for gateway and portal.',
    })
  }
  const { rawKey, publicId, digest, last4 } = createAppKey(env.AKCP_APP_KEY_PEPPER)
  const row = await insertAppKey(tx, { id: newId(), publicId, digest, last4, ...fields })
  return { row, rawKey }
}

/** The new key goes on where the old one stands; in its grace the old one must not be without a bound. */
async function handOverBudgets(tx: Db, from: string, to: string, grace: boolean): Promise<void> {
  const budgets = (await budgetsOf(tx, 'app_key', [from])).get(from) ?? []
  await moveBudgets(tx, 'app_key', from, to)
  if (!grace) return
  const copies = budgets.map(({ period, limitNanos, hard, ladder }) => ({ period, limitNanos, hard, ladder }))
  await replaceBudgets(tx, 'app_key', from, copies)
}

type KeyPath = z.output<typeof appKeyParams>

/** Somebody else's app is not found, as if there were none. */
async function appOf(db: Db, actor: Actor, id: string): Promise<App> {
  return found(await findApp(db, id, ownerScope(actor, 'app_key')), 'app')
}

async function keyOf(tx: Db, actor: Actor, { id, key_id }: KeyPath): Promise<AppKey> {
  const app = await appOf(tx, actor, id)
  return found(await lockAppKey(tx, app.id, key_id), 'app key')
}

async function usableKey(tx: Db, actor: Actor, path: KeyPath): Promise<AppKey> {
  const row = await keyOf(tx, actor, path)
  if (row.status === 'revoked')
    throw conflict('This app key was revoked, which is final.', 'Issue a new key.')
  return row
}

async function newKeyAnswer(db: Db, { row, rawKey }: IssuedKey): Promise<z.output<typeof newAppKey>> {
  return { ...(await readAnswer(db, row)), raw_key: rawKey }
}

async function readAnswer(db: Db, row: AppKey): Promise<z.output<typeof appKey>> {
  return toAnswer(row, (await budgetsOf(db, 'app_key', [row.id])).get(row.id))
}

function toAnswer(row: AppKey, budgets: Budget[] | undefined): z.output<typeof appKey> {
  return {
    id: row.id,
    app_id: row.appId,
    name: row.name,
    public_id: row.publicId,
    last4: row.last4,
    status: row.status,
    allowed_models: row.allowedModels,
    limits: limitsAnswer(row.limits),
    budgets: budgetAnswers(budgets),
    expires_at: row.expiresAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  }
}
