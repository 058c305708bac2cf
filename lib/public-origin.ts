import type { Env } from './env'

/**
 * Where people reach this installation, such as `https://akcp.example.com`; `request.url` names the process behind the
 * front. Empty when the request names no host.
 */
export function publicOrigin(headers: Headers, { NEXTAUTH_URL }: Env): string {
  if (NEXTAUTH_URL) return new URL(NEXTAUTH_URL).origin
  const protocol = headers.get('x-forwarded-proto') === 'https' ? 'https' : 'http'
  const address = `${protocol}://${headers.get('x-forwarded-host') ?? headers.get('host')}`
  return URL.canParse(address) ? new URL(address).origin : ''
}
