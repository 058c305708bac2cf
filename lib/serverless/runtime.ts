/**
 * The gateway inside the portal's own process: where there is no front (functions, `next dev`). Under `npm start` the
 * front serves these addresses, and the portal answers 404 so that no call can go around it.
 */
import { connect } from '@/lib/data/database'
import { EnvError, env } from '@/lib/env'
import { AkcpError } from '@/lib/errors'
import { createGateway, type Gateway } from '@/lib/gateway/gateway'
import { newId } from '@/lib/id'
import { answerCron } from '@/lib/jobs/cron'
import { errorText, log } from '@/lib/log'
import { callFrom, respond } from './gateway-door'

// Next may load this module several times in one process.
const kept = globalThis as typeof globalThis & { akcpGateway?: Promise<Gateway> }

/** True when the front stands before this process, or when it has no gateway to be one. */
export function behindFront(): boolean {
  return env().PORTAL_FRONT_SECRET !== undefined
}

/** The one gateway of this process; a start that failed is tried again by the next call. */
export function serverlessGateway(): Promise<Gateway> {
  kept.akcpGateway ??= startGateway().catch((error) => {
    kept.akcpGateway = undefined
    throw error
  })
  return kept.akcpGateway
}

async function startGateway(): Promise<Gateway> {
  const { DATABASE_URL } = env()
  if (!DATABASE_URL)
    throw new EnvError('DATABASE_URL is missing: start with npm start, which brings a database, or give one')
  const database = connect(DATABASE_URL, { max: 4, name: 'akcp serverless' })
  return await createGateway({
    env: env(),
    database,
    processId: newId(),
    door: 'serverless',
    portalUrl: env().NEXTAUTH_URL?.replace(/\/$/, ''),
  })
}

/** Serves `/api/v1/*` and `/v1/*`. */
export async function serveCall(request: Request, path: string[]): Promise<Response> {
  if (behindFront()) return notHere()
  try {
    const gateway = await serverlessGateway()
    await gateway.ensureFresh()
    const call = callFrom(request, `/${path.join('/')}`, env().MAX_BODY_BYTES)
    return await respond(request, (reply) => gateway.handle(call, reply))
  } catch (error) {
    log.error({ error: errorText(error) }, 'the gateway could not start')
    return unavailable()
  }
}

/** Liveness; says nothing about the database. */
export function serveHealth(): Response {
  return behindFront() ? notHere() : Response.json({ status: 'ok' })
}

export async function serveReady(): Promise<Response> {
  if (behindFront()) return notHere()
  const reasons = await serverlessGateway().then(
    async (gateway) => {
      await gateway.ensureFresh().catch(() => {})
      return gateway.notReady()
    },
    () => ['starting'],
  )
  return Response.json(
    { ready: reasons.length === 0, ...(reasons.length > 0 && { reasons }) },
    { status: reasons.length ? 503 : 200 },
  )
}

/** Only with `METRICS_TOKEN`: a function cannot tell who is on the same machine. */
export async function serveMetrics(request: Request): Promise<Response> {
  if (behindFront()) return notHere()
  const token = env().METRICS_TOKEN
  if (!token || request.headers.get('authorization') !== `Bearer ${token}`) {
    const error = new AkcpError('forbidden', 'Metrics are closed to this caller.', {
      hint: 'Set METRICS_TOKEN and send it as bearer token.',
    })
    return Response.json(error.body(null), { status: error.status })
  }
  const text = await (await serverlessGateway()).metrics()
  return new Response(text, { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } })
}

/** What a platform's scheduler calls: nothing ticks between the calls of a function. */
export async function serveCron(request: Request): Promise<Response> {
  if (behindFront()) return notHere()
  const runner = {
    async runDue() {
      const gateway = await serverlessGateway()
      await gateway.ensureFresh()
      return await gateway.runDue()
    },
  }
  const { status, body, headers } = await answerCron(
    env().CRON_SECRET,
    request.headers.get('authorization'),
    runner,
  )
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
}

function notHere(): Response {
  const error = new AkcpError('route_not_found', 'The gateway is served by the process in front.', {
    hint: 'Call the address that npm start printed.',
  })
  return Response.json(error.body(null), { status: error.status })
}

function unavailable(): Response {
  const error = new AkcpError(
    'service_unavailable',
    'The gateway cannot start: its database does not answer or its settings are incomplete.',
    {
      hint: 'Try again in a few seconds; the log of this process says why.',
      headers: { 'retry-after': '5' },
    },
  )
  return Response.json(error.body(null), { status: error.status, headers: error.details.headers })
}
