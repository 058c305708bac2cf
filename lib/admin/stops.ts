import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { recordAudit } from '@/lib/auth/audit'
import { ownerScope } from '@/lib/auth/can'
import type { Db } from '@/lib/data/database'
import { activeStops, insertStop, liftStop, type StopDetails, stoppableId } from '@/lib/data/stops'
import { newId } from '@/lib/id'
import { idParam } from '@/lib/schemas/fields'
import { stop, stopInput, stopList } from '@/lib/schemas/stops'
import { type AdminDependencies, answer, body, createRouter, found, gone, invalid } from './router'

const tags = ['stops']

const routes = {
  list: createRoute({
    method: 'get',
    path: '/stops',
    tags,
    summary: 'List the stops that are pressed',
    description: 'All of them or, for developers and finance, those that stop calls of their own apps.',
    responses: { 200: answer(stopList, 'Oldest first') },
  }),
  press: createRoute({
    method: 'post',
    path: '/stops',
    tags,
    summary: 'Press the stop button',
    description: 'In force in every gateway within a second. Calls in flight end as they would have.',
    request: { body: body(stopInput) },
    responses: { 201: answer(stop, 'The stop') },
  }),
  lift: createRoute({
    method: 'delete',
    path: '/stops/{id}',
    tags,
    summary: 'Lift a stop',
    request: { params: idParam },
    responses: { 204: gone },
  }),
}

export function stopRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const rows = await activeStops(db, ownerScope(c.var.actor, 'stop'))
      return c.json({ data: rows.map(toAnswer), next_cursor: null }, 200)
    })
    .openapi(routes.press, async (c) => {
      const { id: reference, expires_at, ...input } = c.req.valid('json')
      const id = newId()
      await db.transaction(async (tx) => {
        const scopeId = await idOfScope(tx, input.scope, reference ?? '')
        const { kind, name } = c.var.actor
        await insertStop(tx, { id, ...input, scopeId, expiresAt: expires_at, createdBy: `${kind}:${name}` })
        const { scope, mode, reason } = input
        await recordAudit(tx, c.var.actor, 'create', 'stop', id, { scope, scope_id: scopeId, mode, reason })
      })
      const pressed = (await activeStops(db, null)).find((row) => row.stop.id === id)
      return c.json(toAnswer(found(pressed, 'stop')), 201)
    })
    .openapi(routes.lift, async (c) => {
      const { id } = c.req.valid('param')
      await db.transaction(async (tx) => {
        found((await liftStop(tx, id)) || undefined, 'stop')
        await recordAudit(tx, c.var.actor, 'archive', 'stop', id)
      })
      return c.body(null, 204)
    })
}

async function idOfScope(
  tx: Db,
  scope: z.output<typeof stopInput>['scope'],
  reference: string,
): Promise<string> {
  if (scope === 'global' || scope === 'tenant' || scope === 'project' || scope === 'feature') return reference
  const id = await stoppableId(tx, scope, reference)
  if (id) return id
  throw invalid(
    `id: there is no ${scope} ${reference}`,
    'id',
    `Give the id of a ${scope} that is not archived.`,
  )
}

function toAnswer({ stop: row, scopeName }: StopDetails): z.output<typeof stop> {
  return {
    id: row.id,
    scope: row.scope,
    scope_id: row.scopeId,
    scope_name: scopeName,
    mode: row.mode,
    rpm: row.rpm,
    models: row.models,
    reason: row.reason,
    actor: row.createdBy,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
  }
}
