/** Forwards what is not the gateway's to the portal process, with headers that it can believe. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createProxyServer } from 'httpxy'
import { contentSecurityPolicy } from '@/lib/content-security-policy'
import type { Env } from '@/lib/env'
import { errorText, log } from '@/lib/log'
import { callerAddress, createHostCheck, isTrusted } from './address'
import { refuse } from './answer'

/** Long enough for a gateway that is well; then the change is in force with the next poll. */
const refreshMs = 2000

export type PortalProxyOptions = {
  env: Env
  /** Where people open the portal. */
  address: string
  frontSecret: string
  /** Where the portal listens, or null while it is down. */
  portalUrl: () => string | null
  /** Puts a change of the registry into force in this process. */
  refresh: () => Promise<void>
}

type Forward = (request: IncomingMessage, response: ServerResponse, path: string) => void

export function createPortalProxy({
  env,
  address,
  frontSecret,
  portalUrl,
  refresh,
}: PortalProxyOptions): Forward {
  const knowsHost = createHostCheck(env)
  const pages = createProxyServer({ xfwd: false })
  const changes = createProxyServer({ xfwd: false, selfHandleResponse: true })
  for (const proxy of [pages, changes]) {
    proxy.on('error', (error, _request, response) => portalFailed(error, response))
    proxy.on('proxyRes', (answer, request) => {
      dropHopHeaders(answer)
      requireNonce(answer, request)
    })
  }
  changes.on('proxyRes', async (answer, _request, response) => {
    if ((answer.statusCode ?? 500) < 300) await withinTime(refresh(), refreshMs)
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })

  return (request, response, path) => {
    const host = publicHost(request, env)
    if (!host || !knowsHost(host) || !knowsHost(request.headers.host)) return unknownHost(response, address)
    if (request.headers['next-action'] !== undefined) {
      const hint = 'Reload the page; scripts use /api/admin.'
      return refuse(response, 'invalid_request', 'The portal has no server actions.', hint)
    }
    const target = portalUrl()
    if (!target) return portalDown(response)
    setHeaders(request, env, host, frontSecret)
    offerNonce(request, path)
    const proxy = changesRegistry(request.method, path) ? changes : pages
    proxy.web(request, response, { target }).catch((error) => portalFailed(error, response))
  }
}

function changesRegistry(method: string | undefined, path: string): boolean {
  return path.startsWith('/api/admin/') && !['GET', 'HEAD', 'OPTIONS'].includes(method ?? '')
}

/** A trusted proxy may tell the name under which it was called. */
function publicHost(request: IncomingMessage, env: Env): string | undefined {
  const forwarded = request.headers['x-forwarded-host']
  if (!forwarded || !comesFromProxy(request, env)) return request.headers.host
  return String(forwarded).split(',')[0]?.trim()
}

function comesFromProxy(request: IncomingMessage, env: Env): boolean {
  const socketAddress = callerAddress(request.socket.remoteAddress, {}, undefined)
  return isTrusted(socketAddress, env.TRUSTED_PROXIES)
}

/** What clients must not be able to say: where they come from, what Next tells itself, and how the connection goes on. */
const stripped =
  /^(x-forwarded-.*|forwarded|x-real-ip|x-middleware-.*|x-invoke-.*|x-matched-path|x-akcp-front|upgrade|expect|http2-settings|keep-alive|proxy-.*|te|trailer)$/

function setHeaders(request: IncomingMessage, env: Env, host: string, frontSecret: string) {
  const { headers } = request
  const address = callerAddress(request.socket.remoteAddress, headers, env.TRUSTED_PROXIES)
  const secure =
    comesFromProxy(request, env) && String(headers['x-forwarded-proto']).split(',')[0]?.trim() === 'https'
  for (const name of Object.keys(headers)) if (stripped.test(name)) delete headers[name]
  headers.connection = 'keep-alive'
  headers['x-forwarded-for'] = address
  headers['x-forwarded-host'] = host
  headers['x-forwarded-proto'] = secure ? 'https' : 'http'
  headers['x-forwarded-port'] = /:(\d+)$/.exec(host)?.[1] ?? (secure ? '443' : '80')
  headers['x-akcp-front'] = frontSecret
}

/** Next writes the nonce of this request header into the scripts of the page. */
function offerNonce({ headers }: IncomingMessage, path: string) {
  delete headers['content-security-policy']
  delete headers['content-security-policy-report-only']
  if (path.startsWith('/api/')) return
  headers['content-security-policy'] = contentSecurityPolicy({ nonce: randomBytes(16).toString('base64') })
}

/** In place of the weaker policy that Next gives its pages when nobody stands in front of it. */
function requireNonce(answer: IncomingMessage, { headers }: IncomingMessage) {
  const policy = headers['content-security-policy']
  if (policy !== undefined && answer.headers['content-security-policy']) {
    answer.headers['content-security-policy'] = policy
  }
}

/** The portal's connection ends here; the client's has its own life. */
function dropHopHeaders(answer: IncomingMessage) {
  for (const name of ['connection', 'keep-alive', 'transfer-encoding']) delete answer.headers[name]
}

function unknownHost(response: ServerResponse, address: string) {
  const hint = `Open ${address}, or set NEXTAUTH_URL to the address that people use.`
  refuse(response, 'invalid_request', 'The portal does not answer under this host name.', hint)
}

function portalDown(response: ServerResponse) {
  const text = 'The portal is starting. Calls to /api/v1 are served; this page is back in a few seconds.\n'
  response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '2' }).end(text)
}

function portalFailed(error: unknown, response: unknown) {
  const answer = response as ServerResponse
  if (answer.destroyed) return // the client has gone, and with it the request to the portal
  log.warn({ error: errorText(error) }, 'a request to the portal failed')
  if (answer.headersSent) answer.destroy()
  else portalDown(answer)
}

async function withinTime(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([
    work.catch((error) => log.warn({ error: errorText(error) }, 'the registry was not refreshed')),
    limit,
  ])
  clearTimeout(timer)
}
