import { createRoute } from '@hono/zod-openapi'
import type { z } from 'zod'
import type { Actor } from '@/lib/auth/actor'
import { createAttemptLimit, tooManyAttempts } from '@/lib/auth/attempt-limit'
import { recordAudit } from '@/lib/auth/audit'
import { rightsOf } from '@/lib/auth/can'
import { hashPassword, verifyPassword } from '@/lib/auth/password'
import type { Db } from '@/lib/data/database'
import { findMember, updateMember } from '@/lib/data/members'
import { revokeSessionsOf } from '@/lib/data/sessions'
import { AkcpError } from '@/lib/errors'
import { me, profilePatch } from '@/lib/schemas/members'
import { type AdminDependencies, answer, body, createRouter, found, invalid } from './router'

const tags = ['profile']

const routes = {
  get: createRoute({
    method: 'get',
    path: '/me',
    tags,
    summary: 'Who you are to this API and what you may do',
    responses: { 200: answer(me, 'The actor') },
  }),
  patch: createRoute({
    method: 'patch',
    path: '/me',
    tags,
    summary: 'Change your name, language or password',
    request: { body: body(profilePatch) },
    responses: { 200: answer(me, 'The actor') },
  }),
}

export function profileRoutes({ database: { db }, env }: AdminDependencies) {
  const limit = createAttemptLimit(env)
  return createRouter()
    .openapi(routes.get, async (c) => c.json(await describe(db, c.var.actor), 200))
    .openapi(routes.patch, async (c) => {
      const { actor } = c.var
      if (actor.kind === 'token') throw noMember()
      const { password, current_password, ...fields } = c.req.valid('json')
      if (password !== undefined) {
        const wait = await limit.take('sign-in', actor.memberId)
        if (wait !== null) throw tooManyAttempts(wait)
        await checkPassword(db, actor.memberId, current_password)
        await limit.forget('sign-in', actor.memberId)
      }
      const changed = [...Object.keys(fields), ...(password === undefined ? [] : ['password'])]
      if (changed.length > 0) {
        const values =
          password === undefined ? fields : { ...fields, passwordHash: await hashPassword(password) }
        await db.transaction(async (tx) => {
          await updateMember(tx, actor.memberId, values)
          if (password !== undefined) await revokeSessionsOf(tx, actor.memberId, actor.sessionId)
          await recordAudit(tx, actor, 'update', 'member', actor.memberId, { fields: changed })
        })
      }
      return c.json(await describe(db, actor), 200)
    })
}

async function describe(db: Db, actor: Actor): Promise<z.output<typeof me>> {
  const { kind, name, role } = actor
  const row = actor.kind === 'session' ? await findMember(db, actor.memberId) : undefined
  const { passwordHash: _, ...member } = row ?? { passwordHash: null }
  return { kind, name, role, member: 'id' in member ? member : null, rights: rightsOf(role) }
}

async function checkPassword(db: Db, memberId: string, password: string | undefined): Promise<void> {
  const { passwordHash } = found(await findMember(db, memberId), 'member')
  if (passwordHash && (await verifyPassword(passwordHash, password ?? ''))) return
  throw invalid(
    'current_password: this is not your password',
    'current_password',
    'Type your present password.',
  )
}

function noMember(): AkcpError {
  return new AkcpError('forbidden', 'A token has no profile.', { hint: 'Sign in to change your own.' })
}
