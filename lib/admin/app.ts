/** The admin API: one file a noun; authentication, errors, limits and documentation once, here. */
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { authenticate } from '@/lib/auth/actor'
import { AkcpError } from '@/lib/errors'
import { newId } from '@/lib/id'
import { appKeyRoutes } from './app-keys'
import { appRoutes } from './apps'
import { documentationRoutes } from './docs'
import { toAkcpError } from './errors'
import { keyRoutes } from './keys'
import { modelRoutes } from './models'
import { poolRoutes } from './pools'
import { priceRoutes } from './prices'
import { providerRoutes } from './providers'
import { requestRoutes } from './requests'
import { type AdminContext, type AdminDependencies, type AdminEnv, createRouter } from './router'
import { settingsRoutes } from './settings'
import { setupRoutes } from './setup'
import { statusRoutes } from './status'
import { stopRoutes } from './stops'
import { usageRoutes } from './usage'

const bodyBytesMax = 1024 * 1024
const publicPaths = ['/openapi.json', '/docs', '/docs.css', '/setup'].map((path) => `/api/admin${path}`)

export function createAdminApp(dependencies: AdminDependencies) {
  const app = createRouter().basePath('/api/admin')
  app.onError((error, c) => answerError(c, toAkcpError(error)))
  app.notFound((c) => answerError(c, notFound(c)))
  app.use(
    prepare,
    methodNotAllowed({ app, onMethodNotAllowed: (c, methods) => answerError(c, wrongMethod(methods)) }),
    requireActor(dependencies),
    requireJson,
    bodyLimit({ maxSize: bodyBytesMax, onError: refuseLarge }),
    announceChange(dependencies),
  )
  const nouns = [
    setupRoutes,
    statusRoutes,
    stopRoutes,
    settingsRoutes,
    providerRoutes,
    keyRoutes,
    poolRoutes,
    modelRoutes,
    priceRoutes,
    appRoutes,
    appKeyRoutes,
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

function requireActor({ env }: AdminDependencies): MiddlewareHandler<AdminEnv> {
  return async (c, next) => {
    const actor = await authenticate(c.req.raw, env)
    if (actor) c.set('actor', actor)
    else if (!publicPaths.includes(c.req.path)) throw unauthorized(env.AKCP_ADMIN_TOKEN !== undefined)
    await next()
  }
}

function unauthorized(tokenSet: boolean): AkcpError {
  return new AkcpError('unauthorized', 'This needs the admin token.', {
    hint: tokenSet
      ? 'Send Authorization: Bearer with the value of AKCP_ADMIN_TOKEN that AKCP was started with.'
      : 'Start AKCP with AKCP_ADMIN_TOKEN (at least 24 characters), then send Authorization: Bearer with that value.',
    headers: { 'www-authenticate': 'Bearer' },
  })
}

/** Other content types are what a foreign web page could send without asking. */
const requireJson: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const type = c.req.header('content-type')
  const isJson = /^application\/json\s*(;|$)/i.test(type ?? '')
  if (!['GET', 'HEAD'].includes(c.req.method) && type !== undefined && !isJson) {
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
