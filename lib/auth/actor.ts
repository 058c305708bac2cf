import { createHash, timingSafeEqual } from 'node:crypto'
import type { members } from '@/drizzle/schema'
import type { Env } from '@/lib/env'

/** Who does something: recorded with every change. */
export type Actor = { kind: 'token' | 'session'; name: string; role: typeof members.$inferSelect.role }

/** Who sends this request, or null. */
export async function authenticate(request: Request, env: Env): Promise<Actor | null> {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (token && env.AKCP_ADMIN_TOKEN && sameText(token, env.AKCP_ADMIN_TOKEN)) {
    return { kind: 'token', name: 'environment', role: 'owner' }
  }
  return null
}

/** Constant time: hashing first makes lengths equal. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
