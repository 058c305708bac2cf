/**
 * The only file that knows next-auth. It checks the form's token, seals the session's id into a cookie and opens that
 * again; whether the session may still be used is asked of the database with every request.
 */
import type { NextRequest } from 'next/server'
import NextAuth, { type CookiesOptions, type NextAuthOptions } from 'next-auth'
import { decode } from 'next-auth/jwt'
import Credentials from 'next-auth/providers/credentials'
import { portalDatabase } from '@/lib/data/portal-database'
import { type Env, env } from '@/lib/env'
import { AkcpError } from '@/lib/errors'
import { languageCookie, languages } from '@/lib/i18n/languages'
import { errorText, log } from '@/lib/log'
import { createAttemptLimit } from './attempt-limit'
import { callerAddress } from './caller-address'
import { isSameOrigin, isSecure } from './same-origin'
import { type SignedIn, sessionSeconds, signIn, signOut } from './sign-in'

type RouteContext = { params: Promise<{ nextauth: string[] }> }

/** What became of a sign-in; next-auth itself only tells whether. */
type Outcome = { signedIn?: SignedIn; refusal?: AkcpError }

const bodyBytesMax = 16 * 1024
const yearInSeconds = 365 * 86_400
/** The session's end cannot be put off, so next-auth's own `session` address is not served. */
const served = ['GET csrf', 'GET signin', 'GET error', 'POST callback/credentials', 'POST signout']

let attempts: ReturnType<typeof createAttemptLimit> | undefined

/** Serves `/api/auth/*`. */
export async function handleAuth(request: NextRequest, context: RouteContext): Promise<Response> {
  const { nextauth } = await context.params
  if (!served.includes(`${request.method} ${nextauth.join('/')}`)) {
    return answer(
      new AkcpError('route_not_found', 'There is nothing at this address.', { hint: 'Sign in at /sign-in.' }),
    )
  }
  const refusal = request.method === 'POST' ? refusePost(request.headers) : null
  if (refusal) return answer(refusal)
  const outcome: Outcome = {}
  const response: Response = await NextAuth(request, context, options(request.headers, outcome))
  if (outcome.refusal) return answer(outcome.refusal)
  const language = outcome.signedIn?.member.language
  if (language) response.headers.append('set-cookie', languageChoice(language))
  response.headers.set('cache-control', 'no-store')
  return response
}

/** The id in this request's session cookie, or null when there is none of ours. */
export async function readSessionId(
  cookie: (name: string) => string | undefined,
  headers: Headers,
  environment: Env,
): Promise<string | null> {
  const token = cookie(cookieName('session', isSecure(headers, environment)))
  const secret = environment.NEXTAUTH_SECRET
  if (!token || !secret) return null
  try {
    const content = await decode({ token, secret })
    return typeof content?.sid === 'string' ? content.sid : null
  } catch {
    return null
  }
}

function refusePost(headers: Headers): AkcpError | null {
  if (!isSameOrigin(headers, env())) {
    return new AkcpError('forbidden', 'This request did not come from a page of this portal.', {
      hint: 'Open the portal under its own address and sign in there.',
    })
  }
  if (Number(headers.get('content-length') ?? 0) <= bodyBytesMax) return null
  return new AkcpError('request_too_large', 'The form is too large.', { hint: 'Send less.' })
}

function options(headers: Headers, outcome: Outcome): NextAuthOptions {
  const secure = isSecure(headers, env())
  return {
    secret: env().NEXTAUTH_SECRET,
    useSecureCookies: secure,
    cookies: cookies(secure),
    session: { strategy: 'jwt', maxAge: sessionSeconds },
    pages: { signIn: '/sign-in', signOut: '/sign-in', error: '/sign-in' },
    providers: [
      Credentials({
        credentials: { email: {}, password: {} },
        async authorize(credentials) {
          await authorize(headers, { email: '', password: '', ...credentials }, outcome)
          return outcome.signedIn ? { id: outcome.signedIn.sessionId } : null
        },
      }),
    ],
    callbacks: {
      // `user` is there once, at sign-in. Nothing else goes into the cookie.
      jwt: ({ token, user }) => (user ? { sid: user.id } : token),
    },
    events: {
      async signOut({ token }) {
        if (typeof token?.sid === 'string') await signOut(portalDatabase(), token.sid)
      },
    },
    logger: {
      // Its details hold the request; the code says enough.
      error: (code) => log.error({ code }, 'signing in or out failed'),
      warn: (code) => log.debug({ code }, 'next-auth warns'),
      debug() {},
    },
  }
}

async function authorize(
  headers: Headers,
  { email, password }: { email: unknown; password: unknown },
  outcome: Outcome,
): Promise<void> {
  attempts ??= createAttemptLimit(env())
  try {
    const signedIn = await signIn(portalDatabase(), attempts, {
      email: String(email).trim(),
      password: String(password),
      address: callerAddress(headers, env()),
      userAgent: headers.get('user-agent') ?? '',
    })
    if (signedIn) outcome.signedIn = signedIn
  } catch (error) {
    outcome.refusal = error instanceof AkcpError ? error : unavailable(error)
  }
}

function unavailable(error: unknown): AkcpError {
  log.error({ error: errorText(error) }, 'a sign-in could not be checked')
  return new AkcpError('service_unavailable', 'Signing in is not possible right now.', {
    hint: 'Try again in a moment; the log of the portal says why.',
    headers: { 'retry-after': '2' },
  })
}

function answer(error: AkcpError): Response {
  return Response.json(error.body(null), {
    status: error.status,
    headers: { ...error.details.headers, 'cache-control': 'no-store' },
  })
}

/** Names of our own: other programs on localhost may use next-auth too, and ports do not keep cookies apart. */
function cookieName(name: 'session' | 'callback' | 'form', secure: boolean): string {
  return `${secure ? '__Secure-' : ''}akcp-${name}`
}

function cookies(secure: boolean): Partial<CookiesOptions> {
  const settings = { httpOnly: true, sameSite: 'lax', path: '/', secure } as const
  const cookie = (name: 'session' | 'callback' | 'form') => ({
    name: cookieName(name, secure),
    options: settings,
  })
  return { sessionToken: cookie('session'), callbackUrl: cookie('callback'), csrfToken: cookie('form') }
}

/** The portal in the member's own language from the first page on. */
function languageChoice(language: 'en' | 'zh'): string {
  const tag = languages.find((candidate) => candidate.startsWith(language))
  return `${languageCookie}=${tag}; Path=/; Max-Age=${yearInSeconds}; SameSite=Lax; HttpOnly`
}
