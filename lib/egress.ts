/**
 * Where this product may send requests: public https addresses, and the private or plain-http ones that
 * `AKCP_ALLOW_PRIVATE_ORIGINS` names. Checked when an address is stored and again on the address that its name
 * resolves to when the connection is made, so that a name cannot be pointed at an inner network afterwards.
 */
import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

const privateRanges = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  privateRanges.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  privateRanges.addSubnet(network, prefix, 'ipv6')
}

/** True for addresses that are not on the public internet; IPv4-mapped IPv6 counts as its IPv4 address. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address)
  return family === 0 || privateRanges.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** Why `url` may not be an upstream or webhook, or null. `allowed` holds `host` and `host:port` entries. */
export function checkOrigin(url: string, allowed: string[]): string | null {
  if (!URL.canParse(url)) return 'not an address; expected one like https://api.example.com/v1'
  const { protocol, hostname, host, port, username, password, search, hash } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:')
    return 'only https (or an allowed http) address is accepted'
  if (username || password) return 'the address must not carry a user name or password'
  if (search || hash) return 'the address must not carry a query or fragment'
  const withPort = port ? host : `${host}:${protocol === 'https:' ? 443 : 80}`
  if (allowed.includes(hostname) || allowed.includes(withPort)) return null
  const way = `to allow it, start with AKCP_ALLOW_PRIVATE_ORIGINS=${withPort}`
  if (protocol === 'http:') return `plain http would send secrets in the clear; use https, or, ${way}`
  const bare = hostname.replace(/^\[|[\].]$/g, '')
  const inner = isIP(bare) ? isPrivateAddress(bare) : /(^|\.)(localhost|local|internal|lan|home)$/.test(bare)
  return inner ? `${hostname} is a private address; ${way}` : null
}

/** A `lookup` for sockets that refuses names which resolve to private addresses, unless `allowed` names the host. */
export function publicLookup(allowed: string[]): LookupFunction {
  const hosts = new Set(allowed.map((entry) => entry.replace(/:\d+$/, '')))
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const first = addresses?.[0]
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address`), '', 0)
      const inner = hosts.has(hostname)
        ? undefined
        : addresses.find(({ address }) => isPrivateAddress(address))
      if (inner)
        return callback(new Error(`${hostname} resolves to the private address ${inner.address}`), '', 0)
      if (options.all) return callback(null, addresses)
      callback(null, first.address, first.family)
    })
  }
}
