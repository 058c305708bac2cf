/** The admin API: one file a noun; authentication, errors, limits and documentation once, here. */
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { matchedRoutes } from 'hono/route'
import { type Actor, authenticate } from '@/lib/auth/actor'
import { adminRights } from '@/lib/auth/admin-rights'
import { createAttemptLimit, tooManyAttempts } from '@/lib/auth/attempt-limit'
import { callerAddress } from '@/lib/auth/caller-address'
import { can } from '@/lib/auth/can'
import { AkcpError } from '@/lib/errors'
import { newId } from '@/lib/id'
import { alertRuleRoutes } from './alert-rules'
import { alertRoutes } from './alerts'
import { appKeyRoutes } from './app-keys'
import { appRoutes } from './apps'
import { budgetRoutes } from './budgets'
import { channelRoutes } from './channels'
import { documentationRoutes } from './docs'
import { toAkcpError } from './errors'
import { healthEventRoutes } from './health-events'
import { inviteRoutes } from './invites'
import { jobRoutes } from './jobs'
import { keyBalanceRoutes } from './key-balance'
import { keyTestRoutes } from './key-test'
import { keyRoutes } from './keys'
import { memberRoutes } from './members'
import { modelRoutes } from './models'
import { policyRoutes } from './policies'
import { poolSwitchRoutes } from './pool-switch'
import { poolRoutes } from './pools'
import { priceRoutes } from './prices'
import { profileRoutes } from './profile'
import { providerRoutes } from './providers'
import { requestRoutes } from './requests'
import { type AdminContext, type AdminDependencies, type AdminEnv, createRouter } from './router'
import { sessionRoutes } from './sessions'
import { settingsRoutes } from './settings'
import { setupRoutes } from './setup'
import { statusRoutes } from './status'
import { stopRoutes } from './stops'
import { usageRoutes } from './usage'

const bodyBytesMax = 1024 * 1024
const base = '/api/admin'

export function createAdminApp(dependencies: AdminDependencies) {
  const app = createRouter().basePath(base)
  app.onError((error, c) => answerError(c, toAkcpError(error)))
  app.notFound((c) => answerError(c, notFound(c)))
  app.use(
    prepare,
    methodNotAllowed({ app, onMethodNotAllowed: (c, methods) => answerError(c, wrongMethod(methods)) }),
    requireRight(dependencies),
    requireJson,
    bodyLimit({ maxSize: bodyBytesMax, onError: refuseLarge }),
    announceChange(dependencies),
  )
  const nouns = [
    setupRoutes,
    profileRoutes,
    memberRoutes,
    inviteRoutes,
    sessionRoutes,
    statusRoutes,
    jobRoutes,
    stopRoutes,
    settingsRoutes,
    providerRoutes,
    keyRoutes,
    keyTestRoutes,
    keyBalanceRoutes,
    poolRoutes,
    poolSwitchRoutes,
    modelRoutes,
    priceRoutes,
    appRoutes,
    appKeyRoutes,
    policyRoutes,
    budgetRoutes,
    healthEventRoutes,
    alertRuleRoutes,
    alertRoutes,
    channelRoutes,
    usageRoutes,
    requestRoutes,
  ]
  for (const noun of nouns) app.route('/', noun(dependencies))
  app.route('/', documentationRoutes(app))
  return app
}

const requestIdForm = /^[A-Za-z0-9._:-]{1,128}$/

const prepare: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const given = c.req.header('x-request-id') ?? ''
  c.set('requestId', requestIdForm.test(given) ? given : newId())
  await next()
  c.header('x-request-id', c.var.requestId)
  c.header('cache-control', 'no-store')
  c.header('x-content-type-options', 'nosniff')
}

/** Who calls, whether they may, and whether they call too often: in one place for every address. */
function requireRight({ env, database }: AdminDependencies): MiddlewareHandler<AdminEnv> {
  const limit = createAttemptLimit(env)
  return async (c, next) => {
    const route = matchedRoutes(c).find(({ method }) => method !== 'ALL')
    const need = route && adminRights[`${route.method} ${route.path.slice(base.length)}`]
    if (need === 'anybody') {
      const oneTime = c.req.method === 'POST' ? callerAddress(c.req.raw.headers, env) : null
      const wait = oneTime === null ? null : await limit.take('one-time-link', oneTime)
      if (wait !== null) throw tooManyAttempts(wait)
      return await next()
    }
    const actor = await authenticate(c.req.raw, env, database)
    if (!actor) throw unauthorized(env.AKCP_ADMIN_TOKEN !== undefined)
    const wait = await limit.take('admin-api', `${actor.kind} ${actor.name}`)
    if (wait !== null) throw tooManyAttempts(wait)
    if (route && !(need && can(actor, ...need))) throw forbidden(actor)
    c.set('actor', actor)
    await next()
  }
}

function forbidden({ role }: Actor): AkcpError {
  return new AkcpError('forbidden', `The role ${role} does not include this.`, {
    hint: 'Ask an owner of this installation to do it, or to change your role.',
  })
}

function unauthorized(tokenSet: boolean): AkcpError {
  return new AkcpError('unauthorized', 'This needs the admin token, or a session of the portal.', {
    hint: tokenSet
      ? 'Send Authorization: Bearer with the value of AKCP_ADMIN_TOKEN that AKCP was started with, or sign in.'
      : 'Sign in; or start AKCP with AKCP_ADMIN_TOKEN (at least 24 characters) and send Authorization: Bearer with that value.',
    headers: { 'www-authenticate': 'Bearer' },
  })
}

/** Other content types are what a foreign web page could send without asking; with a cookie, none is one of them. */
const requireJson: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const type = c.req.header('content-type')
  const isJson = /^application\/json\s*(;|$)/i.test(type ?? '')
  const mayBeAbsent = c.var.actor?.kind !== 'session'
  if (!['GET', 'HEAD'].includes(c.req.method) && !isJson && !(type === undefined && mayBeAbsent)) {
    throw new AkcpError('unsupported_media_type', 'The body must be JSON.', {
      hint: 'Send the header content-type: application/json.',
    })
  }
  await next()
}

function refuseLarge(): never {
  throw new AkcpError('request_too_large', `The body is larger than ${bodyBytesMax} bytes.`, {
    hint: 'Send less at once.',
  })
}

/** After a change, and before it is answered. */
function announceChange({ afterChange }: AdminDependencies): MiddlewareHandler<AdminEnv> {
  return async (c, next) => {
    await next()
    if (!['GET', 'HEAD'].includes(c.req.method) && c.res.ok) await afterChange?.()
  }
}

function answerError(c: AdminContext, error: AkcpError): Response {
  for (const [name, value] of Object.entries(error.details.headers ?? {})) c.header(name, value)
  return c.json(error.body(c.var.requestId), error.status as 400)
}

function notFound(c: AdminContext): AkcpError {
  return new AkcpError('route_not_found', `There is nothing at ${c.req.path.slice(0, 200)}.`, {
    hint: 'The addresses of this API are listed at /api/admin/docs.',
  })
}

function wrongMethod(methods: string[]): AkcpError {
  return new AkcpError('method_not_allowed', `This address takes ${methods.join(', ')}.`, {
    hint: 'Use one of these methods; /api/admin/docs describes them.',
    headers: { allow: methods.join(', ') },
  })
}
