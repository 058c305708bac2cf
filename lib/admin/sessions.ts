import { createRoute } from '@hono/zod-openapi'
import type { Actor } from '@/lib/auth/actor'
import { recordAudit } from '@/lib/auth/audit'
import { listSessions, revokeSession, revokeSessionsOf } from '@/lib/data/sessions'
import { idParam, listQuery } from '@/lib/schemas/fields'
import { sessionList, sessionsEnded } from '@/lib/schemas/members'
import { pageFrom, pageOf } from './page'
import { type AdminDependencies, answer, createRouter, found } from './router'

const tags = ['sessions']

const routes = {
  list: createRoute({
    method: 'get',
    path: '/sessions',
    tags,
    summary: 'List your sessions; owners see everybody’s',
    request: { query: listQuery },
    responses: { 200: answer(sessionList, 'Sessions that can be used, newest first') },
  }),
  end: createRoute({
    method: 'delete',
    path: '/sessions/{id}',
    tags,
    summary: 'End a session',
    request: { params: idParam },
    responses: { 204: { description: 'Refused from its next request on' } },
  }),
  endOthers: createRoute({
    method: 'delete',
    path: '/sessions',
    tags,
    summary: 'End your other sessions',
    responses: { 200: answer(sessionsEnded, 'How many there were') },
  }),
}

export function sessionRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const { actor } = c.var
      const rows = await listSessions(db, memberScope(actor), pageFrom(query))
      const current = actor.kind === 'session' ? actor.sessionId : null
      return c.json(
        pageOf(
          rows,
          query.limit,
          (row) => [row.id],
          (row) => ({
            id: row.id,
            member_id: row.memberId,
            email: row.email,
            user_agent: row.userAgent,
            address: row.address,
            current: row.id === current,
            created_at: row.createdAt.toISOString(),
            seen_at: row.seenAt.toISOString(),
            expires_at: row.expiresAt.toISOString(),
          }),
        ),
        200,
      )
    })
    .openapi(routes.end, async (c) => {
      const { id } = c.req.valid('param')
      await db.transaction(async (tx) => {
        const { email } = found(await revokeSession(tx, id, memberScope(c.var.actor)), 'session')
        await recordAudit(tx, c.var.actor, 'revoke', 'session', id, { email })
      })
      return c.body(null, 204)
    })
    .openapi(routes.endOthers, async (c) => {
      const { actor } = c.var
      // A token has no sessions of its own.
      if (actor.kind === 'token') return c.json({ ended: 0 }, 200)
      const ended = await db.transaction(async (tx) => {
        const count = await revokeSessionsOf(tx, actor.memberId, actor.sessionId)
        if (count > 0) await recordAudit(tx, actor, 'revoke', 'session', 'others', { count })
        return count
      })
      return c.json({ ended }, 200)
    })
}

/** Whose sessions the actor sees: everybody's, or those of one member. */
function memberScope(actor: Actor): string | null {
  return actor.kind === 'session' && actor.role !== 'owner' ? actor.memberId : null
}
