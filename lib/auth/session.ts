/** Who is signed in, for pages. */
import type { Route } from 'next'
import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import type { Member as MemberRow } from '@/lib/data/members'
import { portalDatabase } from '@/lib/data/portal-database'
import { resumeSession } from '@/lib/data/sessions'
import { env } from '@/lib/env'
import { readSessionId } from './next-auth'

export type Member = MemberRow

/** What a page gets as `await searchParams`. */
type Query = Record<string, string | string[] | undefined>

type CurrentSession = { id: string; member: Member }

/** The session of this request, looked up once. Null when nobody is signed in. */
const currentSession = cache(async (): Promise<CurrentSession | null> => {
  const [jar, received] = [await cookies(), await headers()]
  const id = await readSessionId((name) => jar.get(name)?.value, received, env())
  const member = id && (await resumeSession(portalDatabase().db, id))
  return id && member ? { id, member } : null
})

/** Who is signed in, or null. */
export async function currentMember(): Promise<Member | null> {
  return (await currentSession())?.member ?? null
}

/** Who is signed in; sends everybody else to the sign-in page, and from there back to this page: `path` with `query`. */
export async function requireMember(path: string, query: Query = {}): Promise<Member> {
  return (await requireSession(path, query)).member
}

/** As `requireMember`, with the id of the session. */
export async function requireSession(path: string, query: Query = {}): Promise<CurrentSession> {
  return (await currentSession()) ?? redirect(signInAddress(path, query))
}

function signInAddress(path: string, query: Query): Route {
  const asked = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const text of [value ?? []].flat()) asked.append(name, text)
  }
  const next = asked.size > 0 ? `${path}?${asked}` : path
  return `/sign-in?${new URLSearchParams({ next })}` as Route
}
