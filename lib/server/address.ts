/** Who calls and under which name we were called, when reverse proxies may stand in front. Pure. */
import type { IncomingHttpHeaders } from 'node:http'
import { type BlockList, isIP } from 'node:net'

/**
 * The caller's address: the socket's, or, as long as that one is a trusted proxy, the next from the right of
 * `X-Forwarded-For`. What stands left of the first address that is not trusted was written by the caller.
 */
export function callerAddress(
  socketAddress: string | undefined,
  headers: IncomingHttpHeaders,
  trusted: BlockList | undefined,
): string {
  let address = plainAddress(socketAddress ?? '')
  const forwarded = headers['x-forwarded-for']
  if (!trusted || !forwarded) return address
  const hops = String(forwarded).split(',')
  while (isTrusted(address, trusted)) {
    const next = plainAddress(hops.pop() ?? '')
    if (!isIP(next)) break
    address = next
  }
  return address
}

export function isTrusted(address: string, trusted: BlockList | undefined): boolean {
  const family = isIP(address)
  return family !== 0 && trusted !== undefined && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** Without spaces, brackets, the port that some proxies add, and the prefix of IPv4 in IPv6. */
function plainAddress(text: string): string {
  const address = text.trim().replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIP(address)) return address
  return (
    (/^\[([^\]]+)\](?::\d+)?$/.exec(address) ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address))?.[1] ?? address
  )
}

export function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}

/**
 * Whether the portal answers under the name in `Host`. A page on the internet can make a browser call us under its
 * own name (DNS rebinding), never under an address; so addresses are accepted when we listen on all of them.
 */
export function createHostCheck({ HOST, NEXTAUTH_URL }: { HOST: string; NEXTAUTH_URL?: string }) {
  const everywhere = ['*', '0.0.0.0', '::', '[::]'].includes(HOST)
  const names = new Set(['localhost', HOST.toLowerCase().replace(/^\[|\]$/g, '')])
  if (NEXTAUTH_URL) names.add(new URL(NEXTAUTH_URL).hostname.replace(/^\[|\]$/g, ''))
  return (hostHeader: string | undefined): boolean => {
    const name = hostName(hostHeader)
    if (name === null) return false
    return names.has(name) || isLoopback(name) || (everywhere && isIP(name) !== 0)
  }
}

function hostName(header: string | undefined): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header ?? '')
  return match ? (match[1] ?? match[2] ?? '').toLowerCase() : null
}
