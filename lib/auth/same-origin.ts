import type { Env } from '@/lib/env'

/** Under which host the browser called us: the front, or the platform, writes it over what the client sent. */
export function publicHost(headers: Headers): string {
  return (headers.get('x-forwarded-host') ?? headers.get('host') ?? '').toLowerCase()
}

/** Whether the browser reached us over TLS; decides on the cookies' `Secure`. */
export function isSecure(headers: Headers, { NEXTAUTH_URL }: Env): boolean {
  if (NEXTAUTH_URL) return NEXTAUTH_URL.startsWith('https:')
  return headers.get('x-forwarded-proto') === 'https'
}

/**
 * Whether a request that changes something comes from a page of ours. Browsers send `Origin` with every such request
 * and pages cannot set it, so one without it is not a browser's and has no business with a session cookie.
 */
export function isSameOrigin(headers: Headers, { NEXTAUTH_URL }: Env): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin') return false
  const origin = headers.get('origin') ?? ''
  if (!URL.canParse(origin)) return false
  const hosts = [publicHost(headers), NEXTAUTH_URL ? new URL(NEXTAUTH_URL).host : '']
  return hosts.includes(new URL(origin).host)
}
