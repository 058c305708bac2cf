/** The addresses that machines ask: health, readiness, metrics and the scheduler's trigger. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Env } from '@/lib/env'
import type { Gateway } from '@/lib/gateway/gateway'
import { answerCron } from '@/lib/jobs/cron'
import { callerAddress, isLoopback, isTrusted } from './address'
import { refuse, sendJson } from './answer'

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** By exact path. `notReady` says why this process should get no traffic. */
export function machineRoutes(
  env: Env,
  gateway: Gateway | null,
  notReady: () => string[] | Promise<string[]>,
): Map<string, Handler> {
  const health: Handler = (_request, response) => sendJson(response, 200, { status: 'ok' })
  const ready: Handler = async (_request, response) => {
    const reasons = await notReady()
    if (reasons.length === 0) sendJson(response, 200, { ready: true })
    else sendJson(response, 503, { ready: false, reasons }, { 'retry-after': '5' })
  }
  const metrics: Handler = async (request, response) => {
    if (!mayReadMetrics(env, request)) {
      return refuse(response, 'forbidden', 'Metrics are closed to this caller.', metricsHint(env))
    }
    if (!gateway) return noGateway(response)
    const text = await gateway.metrics()
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text)
  }
  const cron: Handler = async (request, response) => {
    if (!['GET', 'POST'].includes(request.method ?? '')) {
      return refuse(
        response,
        'method_not_allowed',
        `${request.method} is not possible here.`,
        'Use GET or POST.',
        {
          allow: 'GET, POST',
        },
      )
    }
    const { status, body, headers } = await answerCron(
      env.CRON_SECRET,
      request.headers.authorization,
      gateway,
    )
    sendJson(response, status, body, headers)
  }
  return new Map([
    ...['/api/health', '/health', '/healthz'].map((path) => [path, onlyGet(health)] as const),
    ['/api/ready', onlyGet(ready)],
    ['/api/metrics', onlyGet(metrics)],
    [env.METRICS_PATH, onlyGet(metrics)],
    ['/api/cron', cron],
  ])
}

function onlyGet(handler: Handler): Handler {
  return (request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD') return handler(request, response)
    refuse(response, 'method_not_allowed', `${request.method} is not possible here.`, 'Use GET.', {
      allow: 'GET, HEAD',
    })
  }
}

export function noGateway(response: ServerResponse) {
  const hint = 'This process runs with ROLE=portal: call the address of a gateway.'
  refuse(response, 'route_not_found', 'This process serves the portal only.', hint)
}

/** Without a token only this machine may read; headers of a proxy that we do not trust say that it is not this machine. */
function mayReadMetrics(env: Env, { headers, socket }: IncomingMessage): boolean {
  if (env.METRICS_TOKEN) return hasBearer(headers, env.METRICS_TOKEN)
  const address = callerAddress(socket.remoteAddress, headers, env.TRUSTED_PROXIES)
  const sender = callerAddress(socket.remoteAddress, {}, undefined)
  const proxied = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined
  return isLoopback(address) && (!proxied || isTrusted(sender, env.TRUSTED_PROXIES))
}

function metricsHint(env: Env): string {
  return env.METRICS_TOKEN
    ? 'Send Authorization: Bearer with the value of METRICS_TOKEN.'
    : 'Set METRICS_TOKEN and send it as bearer token, or ask from the machine itself.'
}

function hasBearer(headers: IncomingHttpHeaders, secret: string | undefined): boolean {
  const given = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  return secret !== undefined && given !== undefined && timingSafeEqual(digest(given), digest(secret))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
