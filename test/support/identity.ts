import { encode } from 'next-auth/jwt'
import { members } from '@/drizzle/schema'
import type { Role } from '@/lib/auth/can'
import { hashPassword } from '@/lib/auth/password'
import { insertSession } from '@/lib/data/sessions'
import { newId } from '@/lib/id'
import type { TestAdmin } from './admin'

export const sessionSecret = 'session-secret-of-the-tests-0123456789'
export const portalOrigin = 'http://portal.test:3000'
export const memberPassword = 'correct horse battery'

export type Person = Awaited<ReturnType<typeof personWith>>

/** A member with a session, who calls the admin API as a page of the portal does. */
export async function personWith(admin: TestAdmin, role: Role, email = `${role}@acme.example`) {
  const id = newId()
  const passwordHash = await hashPassword(memberPassword)
  await admin.gateway.db.insert(members).values({ id, email, role, name: role, passwordHash })
  const sessionId = await insertSession(admin.portal.db, {
    memberId: id,
    userAgent: 'Test',
    address: '127.0.0.1',
    expiresAt: new Date(Date.now() + 3_600_000),
  })
  const cookie = `akcp-session=${await encode({ token: { sid: sessionId }, secret: sessionSecret })}`

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await admin.app.request(`/api/admin${path}`, {
      method,
      headers: {
        host: new URL(portalOrigin).host,
        origin: portalOrigin,
        cookie,
        'content-type': 'application/json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = text !== '' && /^application\/json(;|$)/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      text,
      headers: response.headers,
      // biome-ignore lint/suspicious/noExplicitAny: answers are what the tests are about.
      json: (isJson ? JSON.parse(text) : null) as any,
    }
  }
  return { id, email, role, sessionId, cookie, call }
}
