import type { Database } from '@/lib/data/database'
import { resumeSession } from '@/lib/data/sessions'
import type { Env } from '@/lib/env'
import { AkcpError } from '@/lib/errors'
import type { Role } from './can'
import { readSessionId } from './next-auth'
import { isSameOrigin } from './same-origin'
import { sameText } from './same-text'

/** Who does something: recorded with every change. */
export type Actor =
  | { kind: 'token'; name: string; role: Role }
  | {
      kind: 'session'
      /** The e-mail address, as the audit names members. */
      name: string
      role: Role
      email: string
      memberId: string
      sessionId: string
    }

/** Who sends this request, or null. Throws `forbidden` when another site's page uses a member's session. */
export async function authenticate(request: Request, env: Env, { db }: Database): Promise<Actor | null> {
  const { headers } = request
  const token = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (token && env.AKCP_ADMIN_TOKEN && sameText(token, env.AKCP_ADMIN_TOKEN)) {
    return { kind: 'token', name: 'environment', role: 'owner' }
  }
  const sessionId = await readSessionId(cookieReader(headers), headers, env)
  const member = sessionId && (await resumeSession(db, sessionId))
  if (!sessionId || !member) return null
  if (!['GET', 'HEAD', 'OPTIONS'].includes(request.method) && !isSameOrigin(headers, env)) {
    throw new AkcpError('forbidden', 'This request did not come from a page of this portal.', {
      hint: 'Scripts send Authorization: Bearer with the admin token instead of a cookie.',
    })
  }
  const { id: memberId, email, role } = member
  return { kind: 'session', name: email, role, email, memberId, sessionId }
}

function cookieReader(headers: Headers): (name: string) => string | undefined {
  const pairs = (headers.get('cookie') ?? '').split(/; */).map((pair) => {
    const [name = '', ...value] = pair.split('=')
    return [name, value.join('=')] as const
  })
  const jar = new Map(pairs)
  return (name) => jar.get(name)
}
