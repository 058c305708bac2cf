import type { Server } from 'node:http'
import { isIP } from 'node:net'
import type { Env } from '@/lib/env'
import { isLoopback } from './address'
import type { Terminal } from './terminal'

export function portOf(server: Server): number {
  const address = server.address()
  return address && typeof address === 'object' ? address.port : 0
}

/** The address to print: where people open the portal. */
export function publicUrl(env: Env, port: number): string {
  if (env.NEXTAUTH_URL) return env.NEXTAUTH_URL.replace(/\/$/, '')
  const everywhere = ['*', '0.0.0.0', '::', '[::]'].includes(env.HOST)
  const host = isIP(env.HOST) === 6 ? `[${env.HOST}]` : env.HOST
  return `http://${everywhere ? '127.0.0.1' : host}:${port}`
}

export function warnOfOpenHost({ HOST, TRUSTED_PROXIES }: Env, terminal: Terminal) {
  if (HOST === 'localhost' || isLoopback(HOST.replace(/^\[|\]$/g, '')) || TRUSTED_PROXIES) return
  terminal.say(
    `warning: HOST=${HOST} takes plain http from the network, where keys and passwords can be read; put a proxy with TLS in front and name it in TRUSTED_PROXIES`,
  )
}
