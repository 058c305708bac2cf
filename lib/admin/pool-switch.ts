import { createRoute } from '@hono/zod-openapi'
import { recordAudit } from '@/lib/auth/audit'
import { lockPool, updatePool } from '@/lib/data/pools'
import { idParam } from '@/lib/schemas/fields'
import { pool, poolSwitch } from '@/lib/schemas/pools'
import { checkPoolLinks } from './pool-links'
import { resolvePool } from './pool-references'
import { readPool } from './pools'
import { type AdminDependencies, answer, body, createRouter, found } from './router'

const route = createRoute({
  method: 'post',
  path: '/pools/{id}/switch',
  tags: ['pools'],
  summary: 'Let another pool serve all calls for some minutes',
  description: 'A new switch replaces the one before; to_pool_id null ends it at once.',
  request: { params: idParam, body: body(poolSwitch) },
  responses: { 200: answer(pool, 'The pool') },
})

export function poolSwitchRoutes({ database: { db } }: AdminDependencies) {
  return createRouter().openapi(route, async (c) => {
    const { to_pool_id, minutes } = c.req.valid('json')
    const id = await db.transaction(async (tx) => {
      const { id, environment } = found(await lockPool(tx, c.req.valid('param').id), 'pool')
      const target = to_pool_id === null ? null : await resolvePool(tx, to_pool_id, environment, 'to_pool_id')
      await updatePool(tx, id, {
        switchToPoolId: target,
        switchUntil: minutes === null ? null : new Date(Date.now() + minutes * 60_000),
      })
      await checkPoolLinks(tx, id)
      await recordAudit(tx, c.var.actor, 'switch', 'pool', id, { to_pool_id: target, minutes })
      return id
    })
    return c.json(await readPool(db, id), 200)
  })
}
