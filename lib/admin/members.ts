import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import { recordAudit } from '@/lib/auth/audit'
import { createLink, endLinksOf } from '@/lib/auth/invites'
import type { Db } from '@/lib/data/database'
import {
  findMember,
  findMemberByEmail,
  isLastOwner,
  listMembers,
  lockMembers,
  type Member,
  updateMember,
} from '@/lib/data/members'
import { revokeSessionsOf } from '@/lib/data/sessions'
import { publicOrigin } from '@/lib/public-origin'
import { idParam, listQuery } from '@/lib/schemas/fields'
import { inviteInput, member, memberList, memberPatch, newInvite, passwordLink } from '@/lib/schemas/members'
import { toInvite } from './invites'
import { pageFrom, pageOf } from './page'
import { type AdminDependencies, answer, body, conflict, createRouter, found, gone } from './router'

const tags = ['members']

const routes = {
  list: createRoute({
    method: 'get',
    path: '/members',
    tags,
    summary: 'List members',
    request: { query: listQuery },
    responses: { 200: answer(memberList, 'Members, oldest first') },
  }),
  invite: createRoute({
    method: 'post',
    path: '/members',
    tags,
    summary: 'Invite somebody',
    description:
      'No e-mail is sent: hand over the link. It works once and for seven days, and ends earlier links for the same address.',
    request: { body: body(inviteInput) },
    responses: { 201: answer(newInvite, 'The invitation; url is shown this once') },
  }),
  patch: createRoute({
    method: 'patch',
    path: '/members/{id}',
    tags,
    summary: 'Change a member’s role or name',
    description: 'In force with the member’s next request. The last owner stays one.',
    request: { params: idParam, body: body(memberPatch) },
    responses: { 200: answer(member, 'The member') },
  }),
  archive: createRoute({
    method: 'delete',
    path: '/members/{id}',
    tags,
    summary: 'Remove a member and end their sessions',
    request: { params: idParam },
    responses: { 204: gone },
  }),
  passwordLink: createRoute({
    method: 'post',
    path: '/members/{id}/password-link',
    tags,
    summary: 'Make a link for a new password',
    description: 'Works once and for 24 hours. Using it ends the member’s sessions.',
    request: { params: idParam },
    responses: { 201: answer(passwordLink, 'The link; shown this once') },
  }),
}

export function memberRoutes({ database: { db }, env }: AdminDependencies) {
  const linkUrl = (request: Request, token: string) =>
    `${publicOrigin(request.headers, env) || new URL(request.url).origin}/invite?token=${token}`
  return createRouter()
    .openapi(routes.list, async (c) => {
      const query = c.req.valid('query')
      const rows = await listMembers(db, pageFrom(query))
      return c.json(
        pageOf(
          rows,
          query.limit,
          (row) => [row.id],
          ({ createdAt, seenAt, ...row }) => ({
            ...row,
            created_at: createdAt.toISOString(),
            seen_at: seenAt?.toISOString() ?? null,
          }),
        ),
        200,
      )
    })
    .openapi(routes.invite, async (c) => {
      const input = c.req.valid('json')
      const { token, invite } = await db.transaction(async (tx) => {
        if (await findMemberByEmail(tx, input.email)) {
          throw conflict(
            'There is already a member with this address.',
            'Change that member’s role.',
            'email',
          )
        }
        const link = await createLink(tx, 'invite', input)
        await recordAudit(tx, c.var.actor, 'invite', 'member', link.invite.id, input)
        return link
      })
      return c.json({ ...toInvite(invite), url: linkUrl(c.req.raw, token) }, 201)
    })
    .openapi(routes.patch, async (c) => {
      const input = c.req.valid('json')
      const row = await db.transaction(async (tx) => {
        const before = await lockedMember(tx, c.req.valid('param').id)
        if (Object.keys(input).length === 0) return before
        if (input.role && input.role !== 'owner' && (await isLastOwner(tx, before))) throw lastOwner()
        const details = { fields: Object.keys(input), ...(input.role && { role: input.role }) }
        await recordAudit(tx, c.var.actor, 'update', 'member', before.id, details)
        return await updateMember(tx, before.id, input)
      })
      return c.json(row, 200)
    })
    .openapi(routes.archive, async (c) => {
      await db.transaction(async (tx) => {
        const before = await lockedMember(tx, c.req.valid('param').id)
        if (await isLastOwner(tx, before)) throw lastOwner()
        await updateMember(tx, before.id, { archivedAt: new Date() })
        await revokeSessionsOf(tx, before.id)
        await endLinksOf(tx, before.email)
        await recordAudit(tx, c.var.actor, 'archive', 'member', before.id)
      })
      return c.body(null, 204)
    })
    .openapi(routes.passwordLink, async (c) => {
      const { token, invite } = await db.transaction(async (tx) => {
        const { id, email, role } = found(await findMember(tx, c.req.valid('param').id), 'member')
        await recordAudit(tx, c.var.actor, 'invite', 'member', id, { purpose: 'password' })
        return await createLink(tx, 'password', { email, role })
      })
      return c.json({ url: linkUrl(c.req.raw, token), expires_at: invite.expiresAt.toISOString() }, 201)
    })
}

/** Held, with all others, until the transaction ends: who is the last owner depends on them. */
async function lockedMember(tx: Db, id: string): Promise<z.output<typeof member>> {
  await lockMembers(tx)
  const { passwordHash: _, ...row } = found(await findMember(tx, id), 'member')
  return row satisfies Member
}

function lastOwner() {
  return conflict('This is the last owner.', 'Make somebody else an owner first.')
}
