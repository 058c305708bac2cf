import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { recordAudit } from '@/lib/auth/audit'
import { acceptInvite } from '@/lib/auth/invites'
import { type Invite, listInvitations, withdrawInvitation } from '@/lib/data/invites'
import { idParam, listQuery } from '@/lib/schemas/fields'
import { acceptInput, type invite, inviteList, member } from '@/lib/schemas/members'
import { pageFrom, pageOf } from './page'
import { type AdminDependencies, answer, body, createRouter, found } from './router'

const tags = ['members']

const routes = {
  list: createRoute({
    method: 'get',
    path: '/invites',
    tags,
    summary: 'List invitations that nobody has accepted yet',
    request: { query: listQuery },
    responses: { 200: answer(inviteList, 'Invitations, newest first') },
  }),
  withdraw: createRoute({
    method: 'delete',
    path: '/invites/{id}',
    tags,
    summary: 'Withdraw an invitation',
    request: { params: idParam },
    responses: { 204: { description: 'Its link no longer works' } },
  }),
  accept: createRoute({
    method: 'post',
    path: '/invites/accept',
    tags,
    summary: 'Accept an invitation, or set a new password',
    description: 'Needs no other authorisation than the token of the link, which works once.',
    security: [],
    request: { body: body(acceptInput) },
    responses: { 201: answer(member, 'The member') },
  }),
}

export function inviteRoutes({ database: { db } }: AdminDependencies) {
  return createRouter()
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const rows = await listInvitations(db, pageFrom(query))
      return c.json(
        pageOf(rows, query.limit, (row) => [row.id], toInvite),
        200,
      )
    })
    .openapi(routes.withdraw, async (c) => {
      const { id } = c.req.valid('param')
      await db.transaction(async (tx) => {
        found((await withdrawInvitation(tx, id)) || undefined, 'invitation')
        await recordAudit(tx, c.var.actor, 'revoke', 'invite', id)
      })
      return c.body(null, 204)
    })
    .openapi(routes.accept, async (c) => c.json(await acceptInvite(db, c.req.valid('json')), 201))
}

export function toInvite(row: Invite): z.output<typeof invite> {
  return {
    id: row.id,
    email: row.email ?? '',
    role: row.role,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
  }
}
