/** The public port: gateway calls to the gateway, machines' questions answered here, everything else to the portal. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Env } from '@/lib/env'
import { AkcpError } from '@/lib/errors'
import type { Gateway } from '@/lib/gateway/gateway'
import { errorText, log } from '@/lib/log'
import { callerAddress } from './address'
import { refuse } from './answer'
import { callFrom, replyTo } from './gateway-door'
import { machineRoutes, noGateway } from './machine-routes'
import { normalisePath } from './path'
import { createPortalProxy } from './portal-proxy'

export type Front = {
  env: Env
  /** Where people open the portal. */
  address: string
  /** Proves to the portal that a request came through here. */
  frontSecret: string
  /** Null with `ROLE=portal`. */
  gateway: Gateway | null
  /** Where the portal listens; it answers null while that is down. Null with `ROLE=gateway`. */
  portalUrl: (() => string | null) | null
  notReady: () => string[] | Promise<string[]>
}

export function createListener({
  env,
  address,
  frontSecret,
  gateway,
  portalUrl,
  notReady,
}: Front): RequestListener {
  const machines = machineRoutes(env, gateway, notReady)
  const refresh = async () => gateway?.refresh()
  const toPortal = portalUrl ? createPortalProxy({ env, address, frontSecret, portalUrl, refresh }) : noPortal
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const path = normalisePath(request.url ?? '')
    if (path === null) return badPath(response)
    const gatewayPath = gatewayPathOf(path)
    if (gatewayPath !== null) {
      if (!gateway) return noGateway(response)
      const caller = callerAddress(request.socket.remoteAddress, request.headers, env.TRUSTED_PROXIES)
      return gateway.handle(callFrom(request, gatewayPath, caller, env.MAX_BODY_BYTES), replyTo(response))
    }
    const machine = machines.get(path)
    return machine ? machine(request, response) : toPortal(request, response, path)
  }
  return async (request, response) => {
    try {
      await serve(request, response)
    } catch (error) {
      log.error({ error: errorText(error) }, 'a request failed in the front')
      response.destroy()
    }
  }
}

/** The path after `/api/v1` or `/v1`, or null. */
function gatewayPathOf(path: string): string | null {
  for (const prefix of ['/api/v1', '/v1']) {
    if (path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')) {
      return path.slice(prefix.length) || '/'
    }
  }
  return null
}

/**
 * Puts the listener on a server that is listening already, in place of the one that answered during the start.
 * Returns a function that tells how many requests are being answered.
 */
export function takeOver(server: Server, listener: RequestListener): () => number {
  // Longer than the 60 s for which load balancers keep a connection, so that they close it and not we.
  server.keepAliveTimeout = 70_000
  // From the first byte of a request, not from the end of the one before: who sends them byte by byte is cut off.
  server.headersTimeout = 15_000
  // For receiving a request; an answer may stream for as long as it takes.
  server.requestTimeout = 300_000
  server.on('clientError', answerBrokenRequest)
  server.removeAllListeners('request')
  let answering = 0
  server.on('request', (request, response) => {
    answering++
    response.on('close', () => answering--)
    listener(request, response)
  })
  return () => answering
}

function noPortal(_request: IncomingMessage, response: ServerResponse) {
  const hint = 'This process runs with ROLE=gateway: open the address of a portal; calls go to /api/v1.'
  refuse(response, 'route_not_found', 'This process serves the gateway only.', hint)
}

function badPath(response: ServerResponse) {
  const hint =
    'Send a plain path: no "..", no empty or encoded segments, no backslash, no control characters.'
  refuse(response, 'invalid_request', 'The path of this request is malformed.', hint)
}

/** Not HTTP, headers too large or too slow: there is no response object yet. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex) {
  if (!socket.writable || error.code === 'ECONNRESET') return socket.destroy()
  const body = JSON.stringify(
    new AkcpError('invalid_request', 'This is not a well-formed HTTP request.', {
      hint: 'Check the address, the size of the headers and that the request is sent without long pauses.',
    }).body(null),
  )
  const head = `HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy())
}
